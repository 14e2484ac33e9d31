"""The bot ends when it is told to, whatever the library for Discord does at that moment."""

import asyncio
from contextlib import suppress

import pytest

from bot.discord.gateway import surely_cancelled


async def test_a_cancellation_that_gets_lost_is_repeated() -> None:
    connecting, ended = asyncio.Event(), asyncio.Event()

    async def client() -> None:
        try:
            with suppress(asyncio.CancelledError):  # as `asyncio.wait_for` does in Python 3.11
                connecting.set()
                await asyncio.Event().wait()
            await asyncio.Event().wait()
        finally:
            ended.set()

    running = asyncio.create_task(surely_cancelled(client()))
    await connecting.wait()
    running.cancel()

    await asyncio.wait((running,), timeout=10)
    assert running.cancelled()
    assert ended.is_set()


async def test_the_clients_own_error_is_raised() -> None:
    async def client() -> None:
        raise ConnectionError("no network")

    with pytest.raises(ConnectionError, match="no network"):
        await surely_cancelled(client())
