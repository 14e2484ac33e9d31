"""The Discord surface: one package per feature, and `upkeep`, which runs the background workers."""
