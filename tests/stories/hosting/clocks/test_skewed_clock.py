"""A machine whose clock is twenty minutes fast or slow: what Discord's clock decides goes on by Discord's clock."""

from collections.abc import AsyncGenerator

import pytest
import stamina

from sandbox.discord import Discord
from sandbox.discord.world.clock import Clock
from sandbox.discord.world.model import World
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice, until_answered, until_later
from tests.stories.stored import stored

ORIGINAL = "/webhooks/{application}/{token}/messages/@original"


@pytest.fixture(params=["fast", "slow"])
async def discord(request: pytest.FixtureRequest) -> AsyncGenerator[Discord]:
    clock = Clock()
    clock.forward(minutes=-20 if request.param == "fast" else 20)
    async with Discord.open(world=World(clock)) as discord:
        yield discord
        assert not discord.surprises


async def test_a_sound_is_kept_until_discord_takes_it(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    discord.fails("PATCH", ORIGINAL, hang_up=True)
    with stamina.set_testing(False):  # which would leave the deadline out
        reply = await ann.uses("/say", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")


async def test_a_time_in_a_text_is_as_far_away_as_its_reader_sees(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    reply = await ann.uses("/say", text=f"We meet <t:{int(discord.clock.now()) + 600}:R>")
    assert fish.made(reply.audio, text="We meet in 10 minutes", voice="Grandpa")
    assert "We meet in 10 minutes" in reply.text


async def test_a_notice_that_arrived_before_a_long_outage_is_not_sent_again(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    path = f"/channels/{ann.dm.id}/messages"
    discord.fails("POST", path, status=503, after_work=True)
    await ask_for_voice(ann, "Grandpa")
    await ann.is_told("“Grandpa” is ready")
    await until_answered(discord, "POST", path, status=503)
    await bot.stops()
    bot.time_passes(minutes=10)  # longer than Discord remembers a nonce
    await bot.starts()
    sent = "SELECT 1 FROM notice WHERE sent_at IS NULL"
    await until_later(bot, lambda: not stored(bot.database, sent), minutes=0.1)
    assert len([seen for seen in ann.dm_messages if "“Grandpa” is ready" in seen.text]) == 1
