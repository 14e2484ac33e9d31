"""After a kill -9 while the bot writes in a channel: the log's farewell stands there once, a greeting never twice."""

import pytest

from sandbox.discord import Channel, Discord
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import until_answered, until_later
from tests.stories.stored import stored

LOG = "mynah-server:log"
LOG_ENTRIES = "SELECT id FROM log_entry"


def path_of(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


def written(channel: Channel, sentence: str) -> int:
    return sum(sentence in message.content for message in channel.messages.values())


@pytest.mark.parametrize("arrived", [False, True])
async def test_the_farewell_in_a_channel_that_the_log_has_left_is_written_once(
    arrived: bool, process: BotProcess, next_life: BotHere, discord: Discord
) -> None:
    mia, first, second = discord.manager("Mia"), discord.add_channel("first"), discord.add_channel("second")
    await process.is_up()
    await mia.chooses(await mia.uses("/server settings"), first, menu=LOG)
    await until_answered(discord, "POST", path_of(first), status=200)
    writing = discord.holds("POST", path_of(first), after_work=arrived)
    await mia.chooses(await mia.uses("/server settings"), second, menu=LOG)
    await writing.arrived()
    await process.is_killed()
    if arrived:
        writing.release()

    await next_life.starts()
    await until_later(next_life, lambda: not stored(next_life.place, LOG_ENTRIES), minutes=0.3)
    assert written(first, "moved the log of voices to") == 1
    assert written(second, "chose this channel for the log of voices instead of") == 1


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_greeting_is_never_written_twice(
    arrived: bool, process: BotProcess, next_life: BotHere, discord: Discord
) -> None:
    await process.is_up()
    discord.removes_bot(discord.server)
    [channel] = discord.server.channels
    greeting = discord.holds("POST", path_of(channel), after_work=arrived)
    discord.invites_bot(discord.server)
    await greeting.arrived()
    await process.is_killed()
    if arrived:
        greeting.release()

    await next_life.starts()
    await next_life.rests()
    discord.removes_bot(discord.server)
    discord.invites_bot(discord.server)
    await discord.member("Ann").uses("/voice list")
    await next_life.rests()
    assert written(channel, "Hello! With me,") == arrived
