"""Makes a voice message of an MP3 that Fish Audio made; the MP3 is as little trusted as a member's recording."""
