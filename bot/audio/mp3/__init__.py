"""Reads and marks the MP3s that the bot makes: the frames, the file around them, and its tags."""
