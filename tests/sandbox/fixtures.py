"""The stand-ins, for the tests of every package. At the end they must have had no unexpected request."""

from collections.abc import AsyncGenerator

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio


@pytest.fixture
async def discord() -> AsyncGenerator[Discord]:
    async with Discord.open() as discord:
        yield discord
        assert discord.surprises == []


@pytest.fixture
async def fish() -> AsyncGenerator[FishAudio]:
    async with FishAudio.open() as fish:
        yield fish
        assert fish.surprises == []
