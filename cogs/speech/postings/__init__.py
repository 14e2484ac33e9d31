"""The ways in which a sound is posted: as a file, or as a voice message with its caption as a reply."""
