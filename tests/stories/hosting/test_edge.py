"""The network in front of Discord refuses with a page and without Discord's code: that means "not now", never "no"."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from bot.discord.client import DiscordUnavailable, TokenRefused
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice, make_voice, until_answered, until_later, wav
from tests.stories.stored import stored

PAGE: Mapping[str, Any] = {
    "body": "<html>Attention required</html>",
    "headers": {"Via": "", "Content-Type": "text/html"},
}
STATUSES = (403, 404, 429)
DMS, CALLBACK, ORIGINAL = "/users/@me/channels", "/interactions/*/callback", "/webhooks/*/@original"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("opening", [True, False])
async def test_a_voice_that_is_ready_is_told_in_private_and_later(
    status: int, opening: bool, discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, witness = discord.member("Ann"), discord.member("Witness")
    path = DMS if opening else f"/channels/{ann.dm.id}/messages"
    discord.fails("POST", path, status=status, **PAGE)
    await ask_for_voice(ann, "Grandpa")
    await until_answered(discord, "POST", path, status=status)
    await bot.rests()
    assert "I could not reach you" not in (await ann.uses("/voice list")).text

    bot.time_passes(minutes=3)
    notice = await ann.is_told("“Grandpa” is ready.")
    assert notice.message is not None
    assert notice.message.channel is ann.dm
    assert discord.messages(discord.server.channels[0], viewer=witness) == []


async def test_a_consent_question_that_discord_does_not_take_now_is_asked_later(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav(), speaker=ben)
    discord.fails("POST", DMS, status=429, **PAGE)
    await ann.clicks(report, "Ask for consent")
    await until_answered(discord, "POST", DMS, status=429)
    await bot.rests()
    assert not stored(bot.place, "SELECT 1 FROM notice WHERE undelivered > 0"), "nobody is taken for unreachable"
    bot.time_passes(minutes=3)
    assert "Approve" in (await ben.is_told("Ann")).buttons


@pytest.mark.parametrize("status", STATUSES)
async def test_the_log_channel_stays_open(status: int, discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    record = discord.add_channel("record")
    path = f"/channels/{record.id}/messages"
    discord.fails("POST", path, status=status, **PAGE)
    await mia.chooses(await mia.uses("/server settings"), record, menu="mynah-server:log")
    await until_answered(discord, "POST", path, status=status)
    await bot.rests()
    assert not stored(bot.place, "SELECT 1 FROM server WHERE log_trouble IS NOT NULL")

    await mia.uses("/server block", member=ben)
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM log_entry"), minutes=0.3)
    text = "\n".join(seen.text for seen in discord.messages(record, viewer=mia))
    assert "chose this channel for the log" in text
    assert "blocked Ben" in text


async def test_a_log_that_the_automod_stops_is_told_in_the_settings(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia, record = discord.manager("Mia"), discord.add_channel("record")
    discord.fails("POST", f"/channels/{record.id}/messages", status=400, code=200000)
    await mia.chooses(await mia.uses("/server settings"), record, menu="mynah-server:log")
    await bot.until(lambda: stored(bot.place, "SELECT 1 FROM server WHERE log_trouble <> ''"))
    assert (
        "This server's AutoMod does not let me write in the log channel." in (await mia.uses("/server settings")).text
    )


@pytest.mark.parametrize("status", STATUSES)
async def test_a_message_that_is_not_deleted_now_counts_as_there(
    status: int, discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    said = await ann.uses("/say", text="one")
    assert said.message is not None
    discord.fails("DELETE", "/channels/*", status=status, **PAGE)
    reply = await ann.clicks(said, "Delete")
    assert reply.text == "Discord did not delete the message. Please try again."
    assert not said.message.deleted
    await ann.clicks(said, "Delete")
    assert said.message.deleted


@pytest.mark.parametrize("status", STATUSES)
async def test_the_host_is_told_later(status: int, discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    discord.fails("POST", DMS, status=status, **PAGE)
    fish.credit = Decimal(0)
    await ann.uses("/say", text="Hello")
    await until_answered(discord, "POST", DMS, status=status)
    await bot.rests()
    bot.time_passes(seconds=30)
    await discord.owner.is_told("The Fish Audio API credit is used up")


@pytest.mark.usefixtures("connects_again_at_once")
@pytest.mark.parametrize("status", STATUSES)
async def test_a_server_that_cannot_be_looked_up_now_is_not_left(status: int, discord: Discord, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    path = f"/guilds/{discord.server.id}"
    discord.fails("GET", path, status=status, **PAGE)
    await discord.drops_gateway(resumable=False)
    await until_answered(discord, "GET", path, status=status)
    await bot.rests()
    assert "shared with" in (await ann.uses("/voice list")).text


@pytest.mark.parametrize("status", STATUSES)
async def test_first_responses_and_edits_are_tried_again(
    status: int, discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    discord.fails("POST", CALLBACK, status=status, **PAGE)
    discord.fails("PATCH", ORIGINAL, status=status, **PAGE)
    reply = await ann.uses("/say", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")


async def test_a_placeholder_that_cannot_be_deleted_tells_others_nothing(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, witness = discord.member("Ann"), discord.member("Witness")
    await has_voice(bot, fish, ann, "Grandpa")
    failures: tuple[Mapping[str, Any], ...] = (PAGE, {"code": 50001})
    for failure in failures:
        fish.fails("POST", "/v1/tts", status=400, body={"status": 400, "message": "Text violates policy"})
        discord.fails("DELETE", ORIGINAL, status=403, **failure)
        interaction = (await ann.uses("/say", text="A secret", wait=False)).interaction
        [told] = await interaction.changes.until(lambda interaction=interaction: interaction.followups or None)
        assert "Text violates policy" in told.content
        assert told.ephemeral
    seen = [message.text for message in discord.messages(discord.server.channels[0], viewer=witness)]
    assert seen == ["Nothing came of this."]


async def test_a_sign_in_page_before_discord_does_not_make_the_token_wrong(discord: Discord, bot: BotHere) -> None:
    await bot.stops()
    discord.fails("GET", "/users/@me", status=401, **PAGE)
    with pytest.raises(DiscordUnavailable):
        await bot.starts()
    discord.fails("GET", "/users/@me", status=401)
    with pytest.raises(TokenRefused):
        await bot.starts()
    await bot.starts()
