"""Gives each story a Discord, a Fish Audio and a bot of its own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import stamina

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess

ATTEMPTS = 100  # more than any story needs


@pytest.fixture
async def discord() -> AsyncGenerator[Discord]:
    async with Discord.open() as discord:
        yield discord
        assert not discord.surprises


@pytest.fixture
async def fish() -> AsyncGenerator[FishAudio]:
    async with FishAudio.open() as fish:
        yield fish
        assert not fish.surprises


@pytest.fixture
async def bot(
    discord: Discord, fish: FishAudio, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncGenerator[BotHere]:
    """The bot, running in this process; `@pytest.mark.settings(max_voices_per_member=2)` changes its settings."""
    marker = request.node.get_closest_marker("settings")
    bot = BotHere(discord, fish, tmp_path, marker.kwargs if marker else {})
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):  # without pauses between tries
        await bot.starts()
        yield bot
        await bot.stops()


@pytest.fixture
async def process(
    discord: Discord, fish: FishAudio, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncGenerator[BotProcess]:
    """The bot as a host starts it, `python -m bot`; the story starts, kills and ends it."""
    marker = request.node.get_closest_marker("settings")
    process = BotProcess(discord, fish, tmp_path, marker.kwargs if marker else {})
    yield process
    await process.is_killed()


@pytest.fixture
async def next_life(discord: Discord, fish: FishAudio, tmp_path: Path) -> AsyncGenerator[BotHere]:
    """A bot with the killed process's database; the story starts it."""
    bot = BotHere(discord, fish, tmp_path, {})
    yield bot
    await bot.stops()
