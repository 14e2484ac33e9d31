"""Bounds the answers of Discord, which discord.py would read to their end, however long they are."""

from typing import Any, cast

import aiohttp

MOST_BYTES = 8_000_000  # unpacked; the longest answer, fifty messages of a channel, has some hundred kilobytes


async def bound_answer(_session: object, _context: object, answered: aiohttp.TraceRequestEndParams) -> None:
    """Bound an answer to `MOST_BYTES`. aiohttp calls this before anybody reads the body."""
    response = answered.response
    if response.status != 101:  # the gateway's, which is no answer but a stream of messages
        response.content = cast("aiohttp.StreamReader", _BoundedBody(response.content))


class _BoundedBody:
    """The body of an answer. Reading it whole is bounded to `MOST_BYTES`; everything else is the stream's own."""

    def __init__(self, stream: aiohttp.StreamReader) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def read(self, n: int = -1) -> bytes:
        """Read the whole body. Raises aiohttp.ClientPayloadError once it is too long."""
        if n >= 0:
            return await self._stream.read(n)
        data = bytearray()
        while piece := await self._stream.readany():
            data += piece
            if len(data) > MOST_BYTES:
                raise aiohttp.ClientPayloadError(f"Discord's answer has more than {MOST_BYTES} bytes")
        return bytes(data)
