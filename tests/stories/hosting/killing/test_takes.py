"""A kill -9 while a take is made or posted loses nothing and posts nothing twice."""

import pytest

from sandbox.discord import Channel, Discord, Member, Reply
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.speech.delivery.voice_messages import AS_VOICE, spoken_in, until_thought
from tests.stories.steps import has_voice
from tests.stories.stored import change_stored, stored


@pytest.fixture
async def ann(discord: Discord, process: BotProcess, fish: FishAudio) -> Member:
    """A member with a voice, in a bot that is going to be killed."""
    ann = discord.member("Ann")
    await process.is_up()
    await has_voice(process, fish, ann, "Grandpa")
    return ann


async def killed_while_posting(discord: Discord, process: BotProcess, ann: Member, *, arrived: bool) -> Reply:
    """Kill the bot when it has begun to post a take, and when that may have arrived. Returns the take."""
    take = await ann.uses("/say", text="Hello", preview=True)
    posting = discord.holds("PATCH", "/webhooks/*/@original", after_work=arrived)
    await ann.clicks(take, "Post it", wait=False)
    await posting.arrived()
    await process.is_killed()
    return take


def sounds(discord: Discord) -> int:
    """Return how many sounds everybody sees in the channel."""
    seen = discord.messages(discord.server.channels[0], viewer=discord.member("Witness"))
    return sum(bool(message.files) for message in seen)


async def test_a_take_that_was_being_made_costs_nothing(
    process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    speech = fish.holds("POST", "/v1/tts")
    await ann.uses("/say", text="Hello", preview=True, wait=False)
    await speech.arrived()
    await process.is_killed()
    speech.release()

    await next_life.starts()
    assert stored(next_life.place, "SELECT DISTINCT characters FROM budget") == [(0,)]
    assert stored(next_life.place, "SELECT id FROM take") == []


async def test_a_take_that_was_not_posted_yet_can_be_posted_again(
    discord: Discord, process: BotProcess, next_life: BotHere, ann: Member
) -> None:
    take = await killed_while_posting(discord, process, ann, arrived=False)
    await next_life.starts()
    told = await ann.clicks(take, "Post it")
    assert told.text.startswith(
        "That take is being posted. If it does not appear, press **Post it** again in a minute."
    )
    next_life.time_passes(minutes=1)
    assert (await ann.clicks(take, "Post it")).audio == take.audio
    assert sounds(discord) == 1
    assert len(stored(next_life.place, "SELECT id FROM utterance")) == 1
    assert stored(next_life.place, "SELECT DISTINCT characters FROM budget") == [(len("Hello"),)]


async def test_a_take_that_was_posted_already_is_not_posted_again(
    discord: Discord, process: BotProcess, next_life: BotHere, ann: Member
) -> None:
    take = await killed_while_posting(discord, process, ann, arrived=True)
    await next_life.starts()
    next_life.time_passes(minutes=1)
    assert (await ann.clicks(take, "Post it")).text.startswith("That take was posted already.")
    assert sounds(discord) == 1
    assert len(stored(next_life.place, "SELECT id FROM utterance")) == 1


@pytest.mark.parametrize("is_hidden", [True, False])
async def test_where_nobody_can_look_nothing_is_posted_twice(
    discord: Discord, process: BotProcess, next_life: BotHere, ann: Member, *, is_hidden: bool
) -> None:
    take = await killed_while_posting(discord, process, ann, arrived=True)
    await next_life.starts()
    if is_hidden:
        discord.fails("GET", "/channels/*/messages/*", times=9, status=403, code=50001)
    else:  # Discord had not told the id of the message
        forget = "UPDATE utterance SET message_id = NULL"
        await change_stored(next_life.place, lambda connection: connection.execute(forget))
    next_life.time_passes(minutes=1)
    assert (await ann.clicks(take, "Post it")).text.startswith("I can't see here whether that take was posted")
    assert sounds(discord) == 1


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_take_that_was_being_posted_as_a_voice_message_is_posted_once(
    arrived: bool, discord: Discord, process: BotProcess, next_life: BotHere, ann: Member
) -> None:
    channel: Channel = discord.server.channels[0]
    take = await ann.uses("/say", text="Hello", preview=True, **AS_VOICE)
    posting = discord.holds("POST", f"/channels/{channel.id}/messages", after_work=arrived)
    await ann.clicks(take, "Post it", wait=False)
    await posting.arrived()
    await process.is_killed()
    if arrived:
        posting.release()

    await next_life.starts()
    await next_life.until(lambda: not stored(next_life.place, "SELECT id FROM caption"))
    await next_life.rests()
    next_life.time_passes(minutes=1)
    if arrived:
        told = await ann.clicks(take, "Post it")
        assert (told.text.partition(". ")[0], told.buttons) == ("That take was posted already", ())
    else:
        await until_thought(await ann.clicks(take, "Post it", wait=False))
    await next_life.rests()
    [spoken] = spoken_in(channel)
    assert spoken.caption
    assert len(stored(next_life.place, "SELECT id FROM utterance WHERE posted_as = 'voice message'")) == 1
    assert stored(next_life.place, "SELECT id FROM take") == []


async def test_while_the_bot_looks_for_its_voice_message_nothing_is_posted(
    discord: Discord, process: BotProcess, next_life: BotHere, ann: Member
) -> None:
    channel: Channel = discord.server.channels[0]
    take = await ann.uses("/say", text="Hello", preview=True, **AS_VOICE)
    posting = discord.holds("POST", f"/channels/{channel.id}/messages")
    await ann.clicks(take, "Post it", wait=False)
    await posting.arrived()
    await process.is_killed()
    discord.fails("GET", f"/channels/{channel.id}/messages", times=99, status=403, code=50001)

    await next_life.starts()
    next_life.time_passes(minutes=2)
    assert "I am looking for it" in (await ann.clicks(take, "Post it")).text
    assert spoken_in(channel) == []
