"""The trusted root certificates for HTTPS."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Return httpx's default root certificates. They are read once, since that can take longer than a request."""
    return httpx.create_ssl_context()
