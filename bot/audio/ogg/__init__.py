"""Reads, writes and marks the Ogg files of voice messages: pages, the Opus sound in them, and its comments."""
