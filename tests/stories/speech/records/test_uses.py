"""Every use of a voice is on record for 90 days: who, when, where and how much, never what."""

import re

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, make_voice, until_later
from tests.stories.stored import Connection, add_row, change_stored, stored

LOG = "SELECT sentence FROM log_entry WHERE sentence LIKE '%used%' OR sentence LIKE '%deleted a%' ORDER BY created_at"
COUNT = "SELECT COUNT(*) FROM utterance"


async def change(bot: BotHere, query: str, *values: int | str) -> None:
    await change_stored(bot.place, lambda connection: connection.execute(query, values))


async def copy_use(bot: BotHere, times: int) -> None:
    """Copy the newest use so many times, as if by a member with the longest of names."""

    def copy(connection: Connection) -> None:
        query = "SELECT * FROM utterance WHERE guild_id IS NOT NULL ORDER BY made_at DESC"
        row = dict(connection.execute(query).fetchone())
        for number in range(times):
            row |= {"id": f"{number:016x}", "made_at": row["made_at"] + 1, "asker_name": "*" * 32}
            add_row(connection, "utterance", row)

    await change_stored(bot.place, copy)


@pytest.mark.slow
@pytest.mark.both_engines
async def test_only_those_who_control_a_voice_see_who_used_it(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("*Ben*")
    bea = discord.member("Bea")
    await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    assert "Used lately" not in (await ann.uses("/voice show", voice="Grandpa")).text
    await change(bot, "UPDATE voice SET speaker_id = ?, speaker_name = 'Bea'", bea.id)

    said = await ben.uses("/say", voice="Grandpa", text="A secret of ours")
    private = await ann.uses("/say", text="Hello", in_=ann.dm)
    await bot.rests()
    assert said.message is not None
    assert said.text.endswith("“Grandpa” · synthetic voice of Bea · asked for by \\*Ben\\*")
    assert (said.buttons, private.buttons) == (("Again", "Delete"), ("Again",))

    place = f"https://discord.com/channels/{discord.server.id}/{said.message.channel.id}/{said.message.id}"
    for controller in (ann, bea):
        shown = (await controller.uses("/voice show", voice="Grandpa")).text
        assert re.search(r"- Ann, <t:\d+:R>, 5 characters: in a direct message with me", shown)
        assert re.search(rf"- \\\*Ben\\\*, <t:\d+:R>, 16 characters: {place}", shown)
    assert "Used lately" not in (await ben.uses("/voice show", voice="Grandpa")).text
    assert "secret" not in str(stored(bot.place, "SELECT * FROM utterance"))

    await copy_use(bot, 12)
    crowded = await ann.uses("/voice show", voice="Grandpa")
    assert 6 <= crowded.text.count("discord.com") <= 10
    assert len(crowded.text) <= 2000

    await until_later(bot, lambda: stored(bot.place, COUNT) == [(0,)], minutes=60 * 24 * 31)


@pytest.mark.slow
async def test_a_posted_use_of_somebody_else_s_voice_is_logged(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    hidden = discord.add_channel("log")
    hidden.bot_permissions &= ~hidden.bot_permissions  # so that the entries stay in the database
    await change(bot, "INSERT INTO server (guild_id, log_channel_id) VALUES (?, ?)", discord.server.id, hidden.id)

    await ann.uses("/say", text="My own")
    discord.fails("PATCH", "/webhooks/*/@original", status=403, code=50013)
    assert "did not take the sound" in (await ben.uses("/say", voice="Grandpa", text="Hello")).text
    assert stored(bot.place, LOG) == []
    assert stored(bot.place, COUNT) == [(1,)]

    speech = fish.holds("POST", "/v1/tts")
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False)
    await speech.arrived()
    assert stored(bot.place, COUNT) == [(1,)]
    speech.release()
    said = await use.reply()
    assert said.message is not None
    channel = said.message.channel
    used = (
        f"Ben (<@{ben.id}>) used “Grandpa” of Ann (<@{ann.id}>) in <#{channel.id}>: 5 characters. "
        f"https://discord.com/channels/{discord.server.id}/{channel.id}/{said.message.id}"
    )
    await bot.until(lambda: stored(bot.place, LOG) == [(used,)])
    await ann.clicks(said, "Delete")
    deleted = (
        f"Ann (<@{ann.id}>) deleted a message in “Grandpa” of Ann (<@{ann.id}>), asked for by "
        f"Ben (<@{ben.id}>) in <#{channel.id}>."
    )
    await bot.until(lambda: stored(bot.place, LOG) == [(used,), (deleted,)])
