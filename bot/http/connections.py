"""HTTP clients as the bot uses them: with our certificates, and by the proxies that the environment names."""

from typing import Any
from urllib.request import getproxies

import httpx

from bot.errors import UserError
from bot.http.certificates import trusted


class UnusableProxy(UserError):
    def __init__(self) -> None:
        super().__init__(
            "The proxy settings of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) cannot be used. "
            "I take proxies such as http://host:3128, no SOCKS, and in NO_PROXY names and addresses without ranges "
            "of IPv6. Correct or unset them and start again."
        )


class UnreadableCertificates(UserError):
    def __init__(self) -> None:
        super().__init__(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read. Correct or unset them and "
            "start again."
        )


def new_client(**options: Any) -> httpx.AsyncClient:
    """An HTTP client with these options of httpx. Raises UnusableProxy and UnreadableCertificates."""
    try:
        certificates = trusted()
    except OSError:
        raise UnreadableCertificates from None
    try:
        return httpx.AsyncClient(verify=certificates, trust_env=_names_a_proxy(), **options)
    except (ValueError, ImportError, httpx.InvalidURL):  # none is passed on: an address may hold a password
        raise UnusableProxy from None


def _names_a_proxy() -> bool:
    """Whether there is a proxy at all: without one, NO_PROXY says nothing, however it is written."""
    return any(getproxies().get(scheme) for scheme in ("http", "https", "all"))
