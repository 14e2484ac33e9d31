"""Reads the bodies of answers up to a bound, since any server may send gigabytes, also compressed to a few bytes."""

import zlib
from collections.abc import Callable

import httpx

from bot.audio.pieces import joined

AS_IT_IS = {"Accept-Encoding": "identity"}  # asks for an answer that is not compressed


class BodyTooLong(Exception):
    """The body is longer than was allowed; the rest was not read."""


async def read_body(response: httpx.Response, most: int, *, on_bytes: Callable[[], object] | None = None) -> bytes:
    """Read a body of at most `most` bytes. Unpacks it if it is compressed although nobody asked for that.

    Calls `on_bytes` whenever bytes have come.
    Raises BodyTooLong, or httpx.DecodingError if it cannot be unpacked.
    """
    packed = _decompressor(response.headers.get("content-encoding", "identity").strip().lower())
    pieces, length, received = list[bytes](), 0, 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        if on_bytes is not None:
            on_bytes()
        pieces.append(chunk if packed is None else _unpacked(packed, chunk, most + 1 - length))
        length += len(pieces[-1])
        if max(received, length) > most:
            raise BodyTooLong
    if packed is not None and received and not packed.eof:
        raise httpx.DecodingError("ends early")
    return await joined(pieces)


def _decompressor(encoding: str) -> "zlib._Decompress | None":
    """Return what unpacks a body; None for one that is not compressed."""
    if encoding in {"", "identity"}:
        return None
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise httpx.DecodingError(f"compressed as {encoding[:20]!r}")
    return zlib.decompressobj(zlib.MAX_WBITS | 32)  # detects gzip and zlib


def _unpacked(packed: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    """Unpack the next piece, to at most so many bytes."""
    try:
        piece = packed.decompress(chunk, most)
    except zlib.error:
        raise httpx.DecodingError("not compressed as it says") from None
    if packed.unused_data:  # of which zlib would copy all with each further piece
        raise httpx.DecodingError("goes on behind its end")
    return piece
