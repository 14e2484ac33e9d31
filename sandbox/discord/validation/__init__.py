"""Checks what a bot sends, and refuses it as Discord does."""
