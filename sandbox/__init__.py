"""Local stand-ins for Discord and Fish Audio that speak HTTP and WebSocket only."""
