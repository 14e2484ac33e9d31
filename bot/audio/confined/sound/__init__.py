"""Decodes, measures and encodes the sound of a recording."""
