"""Makes HTTP clients with the trusted root certificates and the proxies that the environment names."""

from typing import Any
from urllib.request import getproxies

import httpx

from bot.errors import UserError
from bot.http.certificates import trusted
from bot.http.transport import AiohttpTransport


class UnusableProxy(UserError):
    def __init__(self) -> None:
        super().__init__(
            "The proxy settings of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) cannot be used. "
            "I take proxies such as http://host:3128 but no SOCKS; NO_PROXY takes names and addresses but no ranges "
            "of IPv6. Correct or unset them and start again."
        )


class UnreadableCertificates(UserError):
    def __init__(self) -> None:
        super().__init__(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read. Correct or unset them and "
            "start again."
        )


def new_client(*, at_once: int = 100, keep_alive: float = 5.0, **options: Any) -> httpx.AsyncClient:
    """Make an HTTP client with these options of httpx. Raises UnusableProxy or UnreadableCertificates.

    It makes at most `at_once` requests at a time, over connections that are kept for `keep_alive` seconds.
    """
    try:
        certificates = trusted()
    except OSError:
        raise UnreadableCertificates from None
    if not _names_a_proxy():
        transport = AiohttpTransport(certificates, at_once=at_once, keep_alive=keep_alive)
        return _without_cookies(httpx.AsyncClient(transport=transport, trust_env=False, **options))
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once, keepalive_expiry=keep_alive)
    try:
        return _without_cookies(httpx.AsyncClient(verify=certificates, limits=limits, **options))
    except (ValueError, ImportError, httpx.InvalidURL):  # not passed on, since an address may hold a password
        raise UnusableProxy from None


class _NoCookies(httpx.Cookies):
    """Takes none. No service here needs them, and only looking for them takes a thirtieth of the time of a `/say`."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


def _without_cookies(client: httpx.AsyncClient) -> httpx.AsyncClient:
    client._cookies = _NoCookies()  # noqa: SLF001  # the setter would copy it
    return client


def _names_a_proxy() -> bool:
    """Return whether the environment names a proxy. Without one, NO_PROXY has no effect."""
    named = getproxies()
    return any(named.get(scheme) for scheme in ("http", "https", "all"))
