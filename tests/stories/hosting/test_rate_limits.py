"""Discord puts off requests, for a moment or for long: that holds up nobody but those whom it is about."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.discord.client import DiscordUnavailable
from cogs.servers import server_log
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice, until_answered, wav

DMS, CALLBACK, ORIGINAL = "/users/@me/channels", "/interactions/*/callback", "/webhooks/*/@original"

HOUR: Mapping[str, Any] = {"status": 429, "headers": {"Retry-After": "3600"}}
PUT_OFF = {
    "for an hour": HOUR,
    "for an hour, with all requests": {
        **HOUR,
        "body": {"message": "You are being rate limited.", "retry_after": 3600, "global": True},
    },
    "without saying for how long": {"status": 429, "body": {"message": "You are being rate limited."}},
    "for no number": {"status": 429, "body": {"retry_after": "soon"}},
    "for nearly ever": {"status": 429, "body": {"retry_after": 1e300}},
    "in a way that cannot be read": {
        "status": 429,
        "body": b'{"retry_after": NaN}',
        "headers": {"Content-Type": "application/json"},
    },
    "on a page": {"status": 429, "body": "<html>1015</html>", "headers": {"Content-Type": "text/html"}},
}
put_off = pytest.mark.parametrize("answer", PUT_OFF.values(), ids=PUT_OFF)


@put_off
async def test_a_sound_is_posted_once_although_its_requests_are_put_off(
    answer: Mapping[str, Any], discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, witness = discord.member("Ann"), discord.member("Witness")
    await has_voice(bot, fish, ann, "Grandpa")
    discord.fails("POST", CALLBACK, **answer)
    discord.fails("PATCH", ORIGINAL, **answer)
    reply = await ann.uses("/say", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")
    assert len(discord.messages(discord.server.channels[0], viewer=witness)) == 1


@put_off
async def test_a_notice_that_is_put_off_is_sent_later(
    answer: Mapping[str, Any], discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    discord.fails("POST", DMS, **answer)
    await ask_for_voice(ann, "Grandpa")
    await until_answered(discord, "POST", DMS, status=429)
    await ask_for_voice(ben, "Grandma")
    await ben.is_told("“Grandma” is ready.")
    await bot.rests()
    bot.time_passes(minutes=3)
    await ann.is_told("“Grandpa” is ready.")


@put_off
async def test_a_start_that_is_put_off_ends_at_once(answer: Mapping[str, Any], discord: Discord, bot: BotHere) -> None:
    await bot.stops()
    discord.fails("GET", "/users/@me", **answer)
    with pytest.raises(DiscordUnavailable, match="Discord could not be reached"):
        await bot.starts()
    await bot.starts()


async def test_a_last_request_for_an_hour_is_done_at_once(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    for path in ("/interactions/*", "/webhooks/*", "/channels/*"):
        discord.limits("*", path, requests=1, seconds=3600)
    ann, witness = discord.member("Ann"), discord.member("Witness")
    await has_voice(bot, fish, ann, "Grandpa")
    reply = await ann.uses("/say", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")
    await ask_for_voice(ann, "Grandma")
    await ann.is_told("“Grandma” is ready.")
    await bot.rests()
    assert len(discord.messages(discord.server.channels[0], viewer=witness)) == 1


async def test_a_pause_of_all_requests_ends_although_the_request_that_began_it_is_given_up(
    discord: Discord, fish: FishAudio, bot: BotHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, record = discord.manager("Mia"), discord.add_channel("record")
    monkeypatch.setattr(server_log, "POSTING_SECONDS", 0.3)
    path = f"/channels/{record.id}/messages"
    discord.fails("POST", path, status=429, body={"message": "Too many", "retry_after": 5, "global": True})
    await mia.chooses(await mia.uses("/server settings"), record, menu="mynah-server:log")
    await until_answered(discord, "POST", path, status=429)
    await ask_for_voice(mia, "Grandpa")
    await mia.is_told("“Grandpa” is ready.")


@put_off
async def test_an_answer_that_is_put_off_again_and_again_comes_at_last(
    answer: Mapping[str, Any], discord: Discord, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await ann.uses("/voice create", name="Grandpa", sample=wav(seconds=60))
    discord.fails("PATCH", ORIGINAL, times=5, **answer)
    reply = await ann.uses("/privacy export")  # too large for a first response
    assert len(reply.files) == 1
