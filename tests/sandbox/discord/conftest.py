"""Gives each test a Discord, which must get no unprepared request."""

from collections.abc import AsyncGenerator

import pytest

from sandbox.discord import Discord


@pytest.fixture
async def discord() -> AsyncGenerator[Discord]:
    async with Discord.open() as discord:
        yield discord
        assert discord.surprises == []
