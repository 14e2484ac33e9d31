"""Tools for the host: checks, health and logs."""
