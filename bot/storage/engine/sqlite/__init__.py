"""SQLite as a `Database`, for one process or a few on one machine."""
