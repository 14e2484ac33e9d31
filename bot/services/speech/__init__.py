"""From a typed text to a posted sound, and its record."""
