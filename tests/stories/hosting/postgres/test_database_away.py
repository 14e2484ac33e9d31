"""A PostgreSQL server that goes away for a while costs members one sentence each, and no work."""

import asyncio

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from sandbox.postgres_server import PostgresServer
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice
from tests.stories.stored import stored

TROUBLE = "I cannot save anything right now, so nothing was done. Please try again in a few minutes."


@pytest.mark.lasting
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_work_goes_on_when_the_server_is_back(
    discord: Discord, fish: FishAudio, bot: BotHere, postgres: PostgresServer
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.trains = "slowly"
    await ask_for_voice(ben, "Grandma")
    await bot.until(lambda: stored(bot.place, "SELECT id FROM voice WHERE state = 'training'"))
    speech = fish.holds("POST", "/v1/tts")
    said = await ann.uses("/say", text="I began before", wait=False)
    await speech.arrived()

    await asyncio.to_thread(postgres.stop)
    try:
        speech.release()
        unsaid = await said.reply()
        assert (unsaid.ephemeral, unsaid.files) == (True, ())
        refused = await ann.uses("/say", text="I am early")
        assert (refused.ephemeral, refused.text.startswith(TROUBLE)) == (True, True)
        assert (await ben.uses("/voice list")).text == TROUBLE
        fish.finishes_training("Grandma")
    finally:
        await asyncio.to_thread(postgres.start)

    bot.time_passes(minutes=1)  # a question that broke off is asked again after that
    await ben.is_told("“Grandma” is ready.")
    assert len([seen for seen in ben.dm_messages if "is ready" in seen.text]) == 1
    reply = await ann.uses("/say", text="I am back")
    assert fish.made(reply.audio, text="I am back", voice="Grandpa")
