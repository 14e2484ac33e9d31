"""Tables, and writes, that several features share."""
