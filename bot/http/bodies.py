"""Reads the bodies of answers up to a bound: anybody may send gigabytes, or a few bytes that unpack to as many."""

import zlib
from collections.abc import Callable

import httpx

AS_IT_IS = {"Accept-Encoding": "identity"}  # asks for an answer that is not compressed


class BodyTooLong(Exception):
    """There is more than was allowed; the rest was not read."""


async def read_body(response: httpx.Response, most: int) -> bytes:
    """Read a body of at most `most` bytes, and unpack it where it came compressed although nobody asked for that.

    Raises BodyTooLong, and httpx.DecodingError for what cannot be unpacked.
    """
    unpack = _unpacker(response.headers.get("content-encoding", "identity").strip().lower())
    data, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        data += unpack(chunk, most + 1 - len(data))
        if max(received, len(data)) > most:
            raise BodyTooLong
    return bytes(data)


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """What unpacks the next piece, to so many bytes at most."""
    if encoding in {"", "identity"}:
        return lambda chunk, _: chunk
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise httpx.DecodingError(f"compressed as {encoding[:20]!r}")
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)  # tells gzip from zlib by itself

    def unpack(chunk: bytes, most: int) -> bytes:
        try:
            return decompressor.decompress(chunk, most)
        except zlib.error:
            raise httpx.DecodingError("not compressed as it says") from None

    return unpack
