"""A server: its rules, its log, and its end."""
