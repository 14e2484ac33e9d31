"""Gives each test a Discord, which must get no unprepared request, and who speaks to it."""

from collections.abc import AsyncGenerator

import pytest

from sandbox.discord import Discord
from tests.sandbox.discord.raw_client import RawClient, talking_to
from tests.sandbox.discord.trial_bot import TrialBot, running_bot


@pytest.fixture
async def raw(discord: Discord) -> AsyncGenerator[RawClient]:
    async with talking_to(discord) as raw:
        yield raw


@pytest.fixture
async def bot(discord: Discord) -> AsyncGenerator[TrialBot]:
    async with running_bot(discord) as bot:
        yield bot
