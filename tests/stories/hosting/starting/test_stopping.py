"""A bot that is told to stop finishes commands, says what it could not do, and continues after the next start."""

import asyncio
import signal
from typing import Any

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import ask_for_voice, asked, has_voice, sentence_of, until_answered, wav

FAREWELL = "I am being restarted and could not finish this. Please try again in a minute."
UNTOLD = "I am being restarted and could not tell you what came of this. See whether it is done before you try again."
# Python's development mode, without its warning of discord.py's voice player, which is unused here, on Python 3.12.
CLOSELY_WATCHED: dict[str, Any] = {"pythonasynciodebug": "1"}
TRACES = ("Traceback", "Warning", "never retrieved", "never awaited", "destroyed", "nclosed")


@pytest.mark.parametrize("request_to_stop", [signal.SIGTERM, signal.SIGINT])
async def test_commands_under_way_are_finished_before_the_bot_ends(
    request_to_stop: signal.Signals, process: BotProcess, discord: Discord, fish: FishAudio
) -> None:
    await process.is_up(**CLOSELY_WATCHED)
    ann = discord.member("Ann")
    await has_voice(process, fish, ann, "Grandpa")
    speaking = fish.holds("POST", "/v1/tts")
    saying = await ann.uses("/say", text="Good night", wait=False)
    await speaking.arrived()

    process.is_asked_to_stop(request_to_stop)
    refusal = await discord.member("Ben").uses("/voice list")
    while refusal.text != FAREWELL:  # the signal may arrive after Ben's first command
        refusal = await discord.member("Ben").uses("/voice list")
    assert refusal.ephemeral
    process.is_asked_to_stop(request_to_stop)  # impatience changes nothing
    speaking.release()

    reply = await saying.reply()
    assert fish.made(reply.audio, text="Good night", voice="Grandpa")
    assert await process.exit_code() == 0
    assert [trace for trace in TRACES if trace in process.output] == []


@pytest.mark.settings(daily_characters_per_member=10)
async def test_a_member_who_still_waits_after_twenty_seconds_is_told_to_try_again(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    speaking = fish.holds("POST", "/v1/tts")
    saying = await ann.uses("/say", text="Good night", wait=False)
    await speaking.arrived()

    stopping = asyncio.create_task(bot.stops())
    while (await ben.uses("/voice list")).text != FAREWELL:
        pass  # each command takes its time
    bot.hangs(seconds=19)
    for _ in range(5):  # long enough for a farewell that comes too early
        assert (await ben.uses("/voice list")).text == FAREWELL
    assert saying.thinking
    bot.hangs(seconds=1)
    reply = await saying.reply()
    assert (sentence_of(reply), reply.ephemeral) == (FAREWELL, True)
    assert not saying.thinking
    await stopping

    speaking.release()
    await bot.starts()
    reply = await ann.uses("/say", text="Good night")  # what was not heard does not count
    assert fish.made(reply.audio, text="Good night", voice="Grandpa")


async def test_an_outcome_that_could_not_be_told_is_not_called_unfinished(bot: BotHere, discord: Discord) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await ann.uses("/voice create", name="Grandpa", sample=wav(seconds=60))
    telling = discord.holds("PATCH", "/webhooks/*/@original")
    exporting = await ann.uses("/privacy export", wait=False)  # too large for a first response
    await telling.arrived()

    stopping = asyncio.create_task(bot.stops())
    while (await ben.uses("/voice list")).text != FAREWELL:
        pass  # each command takes its time
    bot.hangs(seconds=20)
    assert (await exporting.reply()).text == UNTOLD
    await stopping
    telling.release()


async def test_work_on_voices_is_not_waited_for_and_goes_on_after_the_next_start(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann, ben, cleo = discord.member("Ann"), discord.member("Ben"), discord.member("Cleo")
    told = discord.holds("POST", f"/channels/{ann.dm.id}/messages", after_work=True)
    await ask_for_voice(ann, "Told")
    await told.arrived()
    fish.trains = "slowly"
    await ask_for_voice(ben, "Training")
    await fish.until(lambda: any(voice.title == "Training" for voice in fish.voices))
    uploaded = fish.holds("POST", "/model", after_work=True)
    await ask_for_voice(cleo, "Uploaded")
    await uploaded.arrived()

    await bot.stops()
    told.release()
    uploaded.release()
    await bot.starts()
    fish.finishes_training("Training")
    fish.finishes_training("Uploaded")
    await ann.is_told("“Told” is ready.")
    await ben.is_told("“Training” is ready.")
    await cleo.is_told("“Uploaded” is ready.")
    assert sorted(voice.title for voice in fish.voices) == ["Told", "Training", "Uploaded"]
    assert len(asked(fish, "POST")) == 3
    await bot.restarts()
    assert [ann.news, ben.news, cleo.news] == [[], [], []]


async def test_a_bot_that_is_not_online_yet_ends_as_well(process: BotProcess, discord: Discord) -> None:
    signing_in = discord.holds("GET", "/users/@me")
    await process.starts(**CLOSELY_WATCHED)
    await signing_in.arrived()
    process.is_asked_to_stop()
    assert await process.exit_code() == 0
    assert [trace for trace in TRACES if trace in process.output] == []


async def test_a_bot_that_cannot_reach_the_gateway_ends_as_well(process: BotProcess, discord: Discord) -> None:
    await process.starts(discord_gateway_url="ws://127.0.0.1:9/gateway", shard_count=1)
    await until_answered(discord, "PUT", f"/applications/{discord.world.application.id}/commands", status=200)
    process.is_asked_to_stop()
    assert await process.exit_code() == 0
