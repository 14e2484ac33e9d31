"""Whom the bot believes over HTTPS."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The root certificates that httpx takes by default, read once: that takes longer than many a request."""
    return httpx.create_ssl_context()
