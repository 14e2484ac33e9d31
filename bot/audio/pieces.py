"""Joins the pieces of large files in another thread, since the event loop would stand still meanwhile."""

import asyncio
from collections.abc import Sequence

_LARGE_BYTES = 2**20  # from here on Python lets other threads run while it joins (`Objects/stringlib/join.h`)


async def joined(pieces: Sequence[bytes]) -> bytes:
    """Return the pieces as one, in another thread if they are large together."""
    if sum(map(len, pieces)) <= _LARGE_BYTES:
        return b"".join(pieces)
    return await asyncio.to_thread(b"".join, pieces)
