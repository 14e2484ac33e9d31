"""How text becomes a file of sound."""
