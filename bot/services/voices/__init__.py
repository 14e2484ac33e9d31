"""A voice from its draft to its removal."""
