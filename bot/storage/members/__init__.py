"""Notices to members, and the data stored about them."""
