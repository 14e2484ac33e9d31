"""Requests for consent, and sentences to be read aloud."""
