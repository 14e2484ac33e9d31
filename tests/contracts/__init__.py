"""Checks requests against the OpenAPI file of the service to which they were sent."""
