"""Speaks in the voice of a recording, while there is no trained voice or none is made."""
