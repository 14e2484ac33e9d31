"""What a host meets: checks, health and logs."""
