"""After a kill -9 while a voice message is posted, there is one with one caption, or none and no record."""

import pytest

from sandbox.discord import Channel, Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.speech.delivery.voice_messages import AS_VOICE, spoken_in
from tests.stories.steps import has_voice
from tests.stories.stored import stored

RECORDS = "SELECT message_id, caption_id FROM utterance"
WAITING = "SELECT id FROM caption"
CREDIT = "-# “Grandpa” · synthetic voice of Ann · asked for by Ann"
LATE = f"-# I was interrupted before I could quote the text, which is not stored.\n{CREDIT}"


@pytest.fixture
async def ann(discord: Discord, fish: FishAudio, process: BotProcess) -> Member:
    ann = discord.member("Ann")
    await process.is_up()
    await has_voice(process, fish, ann, "Grandpa")
    return ann


@pytest.fixture
def channel(discord: Discord) -> Channel:
    return discord.server.channels[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("holds", "arrives", "minutes"),
    [
        ("voice message", False, 0),
        ("voice message", True, 0),
        ("caption", False, 0),
        ("caption", True, 0),
        ("caption", True, 30),  # Discord has forgotten the nonces
    ],
)
async def test_there_is_one_of_each_or_nothing(
    holds: str,
    arrives: bool,
    minutes: float,
    discord: Discord,
    ann: Member,
    process: BotProcess,
    next_life: BotHere,
    channel: Channel,
) -> None:
    path = f"/channels/{channel.id}/messages"
    held = discord.holds("POST", path, after_work=holds == "caption" or arrives)
    await ann.uses("/say", text="Hello", wait=False, **AS_VOICE)
    await held.arrived()
    if holds == "caption":
        posting, held = held, discord.holds("POST", path, after_work=arrives)
        posting.release()
        await held.arrived()
    await process.is_killed()
    if arrives:
        held.release()

    next_life.time_passes(minutes=minutes)
    await next_life.starts()
    await next_life.until(lambda: not stored(next_life.place, WAITING))
    await next_life.rests()

    if holds == "voice message" and not arrives:
        assert (spoken_in(channel), stored(next_life.place, RECORDS)) == ([], [])
        return
    [spoken] = spoken_in(channel)
    [caption] = spoken.captions
    assert caption.message is not None
    assert stored(next_life.place, RECORDS) == [(spoken.message.id, caption.message.id)]
    assert caption.text == (f"> Hello\n{CREDIT}" if holds == "caption" and arrives else LATE)
    await ann.clicks(caption, "Delete")
    assert spoken_in(channel) == []
