"""The endpoints of the API, one module each."""
