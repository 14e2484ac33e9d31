"""Gives stories about `/say` a member who has shared a voice."""

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice


@pytest.fixture
async def ann(discord: Discord, fish: FishAudio, bot: BotHere) -> Member:
    """A member who has shared their voice “Grandpa”."""
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    return ann
