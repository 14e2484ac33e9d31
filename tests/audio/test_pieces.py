"""Large files are joined beside the event loop, small ones at once."""

import asyncio

import pytest

from bot.audio.pieces import joined


@pytest.mark.parametrize(("piece", "suspends"), [(b"a few bytes", False), (bytes(2**18), True)])
async def test_the_loop_goes_on_while_a_large_file_is_joined(piece: bytes, *, suspends: bool) -> None:
    joining = asyncio.ensure_future(joined([piece] * 10))
    await asyncio.sleep(0)  # lets it run up to where it waits for something, if it does
    assert joining.done() is not suspends
    assert await joining == piece * 10
