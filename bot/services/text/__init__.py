"""Typed text: what is spoken of it, and which words are forbidden."""
