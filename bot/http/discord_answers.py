"""Bounds the answers of Discord, and the waits that they ask for.

discord.py would read an answer to its end, however long it is, and wait for as long as Discord asks. It takes a page
of a proxy for an answer of Discord, and fails on a text that is not UTF-8.
"""

import json
from typing import Any, cast

import aiohttp
import structlog
from multidict import CIMultiDict, CIMultiDictProxy

log = structlog.get_logger(__name__)

LONGEST_WAIT = 60.0  # seconds; whoever waits for more would hold up others, so the request fails and is sent later

_JSON = "application/json"  # as Discord writes it, and as discord.py compares it
MOST_BYTES = 8_000_000  # unpacked; the longest answer, fifty messages of a channel, has some hundred kilobytes


async def bound_answer(_session: object, _context: object, answered: aiohttp.TraceRequestEndParams) -> None:
    """Bound an answer to `MOST_BYTES`, and its wait to `LONGEST_WAIT`. aiohttp calls this before anybody reads it."""
    response = answered.response
    if response.status == 101:  # the gateway's, which is no answer but a stream of messages
        return
    is_odd = response.status == 200 and response.headers.get("Content-Type") != _JSON
    response.content = cast("aiohttp.StreamReader", _BoundedBody(response.content, is_odd=is_odd))
    if response.status == 429 and not _is_short(wait := await _asked_wait(response)):
        log.warning("discord puts off a request for too long", method=answered.method, seconds=wait)
        _hide(response, "Via")  # without it, discord.py takes a 429 for the network's and raises HTTPException at once
    if "X-RateLimit-Remaining" in response.headers and not _is_short(response.headers.get("X-RateLimit-Reset-After")):
        _hide(response, "X-RateLimit-Remaining")  # without it, discord.py does not wait before the next request


async def _asked_wait(response: aiohttp.ClientResponse) -> object:
    """Return for how long a 429 asks to wait, as discord.py reads it; None if it could not read that."""
    if response.headers.get("Content-Type") != _JSON:
        return None
    try:
        said = json.loads(await response.read())
    except (ValueError, RecursionError):
        return None
    wait = said.get("retry_after") if isinstance(said, dict) else None
    return wait if isinstance(wait, int | float) else None


def _is_short(seconds: object) -> bool:
    try:
        return float(cast("str", seconds)) <= LONGEST_WAIT
    except (TypeError, ValueError):
        return False


def _hide(response: aiohttp.ClientResponse, header: str) -> None:
    """Take a header out of an answer."""
    kept = CIMultiDict(response.headers)
    kept.popall(header, None)
    response._cache["headers"] = CIMultiDictProxy(kept)  # noqa: SLF001 - aiohttp has no public way to change them


class _BoundedBody:
    """The body of an answer. Reading it whole is bounded to `MOST_BYTES`; everything else is the stream's own."""

    def __init__(self, stream: aiohttp.StreamReader, *, is_odd: bool) -> None:
        """Read from `stream`; `is_odd` says that this is a success which Discord would answer in another form."""
        self._stream = stream
        self._is_odd = is_odd

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def read(self, n: int = -1) -> bytes:
        """Read the whole body, without what is no text in it.

        Raises aiohttp.ClientPayloadError once it is too long, and if it is odd.
        """
        if n >= 0:
            return await self._stream.read(n)
        data = bytearray()
        while piece := await self._stream.readany():
            data += piece
            if len(data) > MOST_BYTES:
                raise aiohttp.ClientPayloadError(f"Discord's answer has more than {MOST_BYTES} bytes")
        if self._is_odd and data:
            raise aiohttp.ClientPayloadError("Discord's answer is no JSON")
        return data.decode(errors="replace").encode()
