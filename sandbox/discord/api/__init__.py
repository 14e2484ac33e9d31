"""What a bot connects to: the REST endpoints and the gateway."""
