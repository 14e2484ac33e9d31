"""The bot on Discord: its client, and how interactions are answered."""
