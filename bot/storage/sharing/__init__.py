"""Shares, and names that can no longer be used."""
