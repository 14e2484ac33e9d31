"""Voices, their training and their removal."""
