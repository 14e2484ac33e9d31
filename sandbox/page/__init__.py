"""A page on which one person plays the members of a server, with the real bot answering."""
