"""Sounds as voice messages of Discord's, each with its caption as a reply."""
