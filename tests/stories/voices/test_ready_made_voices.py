"""A voice that a story writes into the database is like one that the bot has made."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio, Voice
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, make_voice
from tests.stories.stored import stored

IDS = frozenset({"id", "voice_id", "default_voice_id", "fish_id"})
TIMES = frozenset({"since", "created_at", "given_at", "first_tried_at", "sent_at"})
KEPT = {
    "voice": "SELECT * FROM voice WHERE owner_id = ? ORDER BY slot",
    "consent": "SELECT consent.* FROM consent JOIN voice ON voice.id = voice_id WHERE owner_id = ? ORDER BY slot",
    "notice": "SELECT * FROM notice WHERE recipient_id = ? ORDER BY created_at",
    "preference": "SELECT * FROM preference WHERE member_id = ?",
    "default": "SELECT name FROM preference JOIN voice ON voice.id = default_voice_id WHERE member_id = ?",
    "sample": "SELECT sample.* FROM sample JOIN voice ON voice.id = voice_id WHERE owner_id = ?",
    "share": "SELECT share.* FROM share JOIN voice ON voice.id = voice_id WHERE owner_id = ?",
    "removal": "SELECT removal.* FROM removal JOIN voice ON voice.id = voice_id WHERE owner_id = ?",
}
UNSENT = "SELECT id FROM notice WHERE sent_at IS NULL"


def kept(database: Path, owner: Member) -> dict[str, list[dict[str, Any]]]:
    """Return what the bot stores of a member's voices, without the values of ids and times."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        rows = {about: connection.execute(query, (owner.id,)).fetchall() for about, query in KEPT.items()}
    return {about: [_alike(dict(row), owner) for row in found] for about, found in rows.items()}


def _alike(row: dict[str, Any], owner: Member) -> dict[str, Any]:
    """Replace what differs between owners and moments."""
    blanked = {column: type(value).__name__ for column, value in row.items() if column in IDS | TIMES}
    return row | blanked | {column: "the owner" for column, value in row.items() if value in (owner.id, owner.name)}


async def shown(owner: Member) -> list[str]:
    replies = [await owner.uses("/voice list"), await owner.uses("/voice list", in_=owner.dm)]
    replies += [await owner.uses("/voice show", voice=name) for name in ("Grandpa", "Straße")]
    return [re.sub(r"<t:\d+:", "<t:0:", reply.text).replace(owner.name, "the owner") for reply in replies]


def upstream(voice: Voice) -> tuple[str, str, str, str]:
    return voice.title, voice.owner, voice.visibility, voice.state


@pytest.mark.slow
async def test_a_voice_placed_in_the_database_is_like_one_that_was_made(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    maker, finder = discord.member("Maker"), discord.member("Finder")
    for name in ("Grandpa", "Straße"):
        await make_voice(maker, name)
        await has_voice(bot, fish, finder, name)
    await bot.until(lambda: not stored(bot.place, UNSENT))

    assert await shown(finder) == await shown(maker)
    assert kept(bot.database, finder) == kept(bot.database, maker)
    made, found, *_ = (upstream(voice) for voice in fish.voices)
    assert made == found
    assert (await finder.uses("/say", text="Hello")).files
    assert not finder.news
