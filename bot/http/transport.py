"""Carries httpx's requests over aiohttp, whose parser is written in C.

httpx's own transport is written in Python, and looks at every connection for each request: with twenty requests at once
that was a third of what a `/say` took. The errors are httpx's, and they keep apart what was surely not sent.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager
from ssl import SSLContext

import aiohttp
import httpx
import yarl

_PIECE = 2**16  # bytes of a body that are handed to the connection at a time

# Headers that httpx has set, or has been told not to set.
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections that are kept for `keep_alive` seconds, at most `at_once` of them."""

    def __init__(self, certificates: SSLContext, *, at_once: int, keep_alive: float) -> None:
        self._certificates = certificates
        self._at_once = at_once
        self._keep_alive = keep_alive
        self._opened: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions.get("timeout", {})
        with _errors_of_httpx(request):
            answered = await self._session().request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=_body(request),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(sock_connect=timeout.get("connect"), sock_read=timeout.get("read")),
            )
        return httpx.Response(
            answered.status,
            headers=answered.raw_headers,
            stream=_AnswerBody(answered, request),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": (answered.reason or "").encode(errors="replace")},
        )

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # made here, since it needs the running event loop
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._certificates,
                    limit=self._at_once,
                    keepalive_timeout=self._keep_alive,
                    resolver=aiohttp.ThreadedResolver(),  # the system's, as everywhere else
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NOT_ADDED,
                auto_decompress=False,
            )
        return self._opened


class _AnswerBody(httpx.AsyncByteStream):
    """The body of an answer. Its connection is closed if it is left before its end."""

    def __init__(self, answered: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answered = answered
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx(self._request):
            while piece := await self._answered.content.readany():
                yield piece

    async def aclose(self) -> None:
        self._answered.release()


def _body(request: httpx.Request) -> bytes | AsyncGenerator[bytes] | httpx.AsyncByteStream | None:
    try:
        content = request.content
    except httpx.RequestNotRead:  # a form with files, which httpx gives out in pieces
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - what an async client makes
        return request.stream
    return _in_pieces(content) if len(content) > _PIECE else content or None


async def _in_pieces(content: bytes) -> AsyncGenerator[bytes]:
    """Yield a large body in pieces, since the connection copies what a slow receiver has not taken yet."""
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


@contextmanager
def _errors_of_httpx(request: httpx.Request) -> Generator[None]:
    """Raise httpx's error for each of aiohttp's.

    `httpx.ConnectError` and `httpx.ConnectTimeout` say that nothing was sent, so nothing else may become one of them.
    """
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error), request=request) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise httpx.UnsupportedProtocol(str(error), request=request) from error
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.ReadError(str(error), request=request) from error
