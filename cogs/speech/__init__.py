"""`/say`, `/usage`, `/verify`, and the list of uses of a voice."""
