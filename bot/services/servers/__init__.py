"""A server: what its managers decide, its log, and its end."""
