"""`/privacy`, and notices to members."""
