"""Many events that come at once do not hold up the event loop."""

import asyncio
from typing import Any, cast

import pytest
from discord.gateway import DiscordWebSocket

from bot.discord import gateway
from bot.discord.gateway import IN_ONE_STEP, read_frames_with_care


async def test_few_frames_are_read_in_one_turn_of_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    async def received(_: DiscordWebSocket, message: Any) -> None:
        read.append(message)

    async def read_all(frames: int) -> None:
        for number in range(frames):  # all of them have come already, so nothing else makes this wait
            await DiscordWebSocket.received_message(cast("Any", None), number)

    monkeypatch.setattr(gateway, "_received_message", received)
    monkeypatch.setattr(DiscordWebSocket, "received_message", DiscordWebSocket.received_message)  # put back afterwards
    read_frames_with_care()
    reading = asyncio.create_task(read_all(3 * IN_ONE_STEP))
    counts: list[int] = []
    while not reading.done():
        before = len(read)
        await asyncio.sleep(0)
        counts.append(len(read) - before)
    assert 0 < max(counts) <= IN_ONE_STEP
    assert read == list(range(3 * IN_ONE_STEP))
