"""Requests held against the OpenAPI file of the service that they were sent to."""
