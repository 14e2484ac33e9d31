"""The Discord surface: one file per command group, and `upkeep` for all work on a clock."""
