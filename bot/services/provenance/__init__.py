"""Provenance: the mark in each sound, and whether a file came from this bot."""
