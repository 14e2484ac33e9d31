"""The shares of a server, of which only what has changed is read again, on both engines."""

from dataclasses import replace
from typing import LiteralString

import pytest

from bot.models.common import Work
from bot.models.sharing import WHOLE_SERVER, Cause, Share
from bot.storage.engine.database import Database
from bot.storage.sharing.server_shares import COLUMNS, READ_SINGLY, READ_WHOLE, Parts, ServerShareStore
from bot.storage.sharing.sharing import ShareEnd, ShareStore
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore
from tests.storage.guards import unguarded
from tests.storage.voices.making import ANN, HERE, LATER, NOW, SOON, current, make_queued

FIRST, SECOND = "0a00000000000001", "0b00000000000002"


async def shared(database: Database, id_: str) -> Share:
    """Make a trained voice with this id and share it."""
    voice, trainings = await make_queued(database, int(id_, 16)), TrainingStore(database)
    assert await trainings.begin_attempt(voice, "first", now=NOW, look_until=LATER)
    assert await trainings.begin_training(voice.id, "first", fish_id=f"f{id_}", now=NOW, next_attempt_at=NOW)
    assert await trainings.finish(voice.id, now=NOW)
    voice = await current(database, voice)
    share = Share(voice=voice, guild_id=HERE, audience=WHOLE_SERVER, until=None, shared_by=ANN, shared_at=NOW)
    assert await ShareStore(database).add(share, guard=unguarded, entry="Shared.", most=9)
    return share


def all_of(parts: Parts) -> list[Share]:
    return sorted((share for part in parts.values() for share in part.shares), key=lambda share: share.voice.id)


async def test_only_what_has_changed_is_read_again(database: Database) -> None:
    first, second = await shared(database, FIRST), await shared(database, SECOND)
    shares = ServerShareStore(database)
    parts = await shares.of(HERE, {})
    assert all_of(parts) == [first, second]
    assert await shares.of(HERE, parts) is parts

    await VoiceStore(database).rename(SECOND, "Parrot")
    renamed = await shares.of(HERE, parts)
    assert [share.voice.name for share in all_of(renamed)] == [first.voice.name, "Parrot"]
    assert renamed["0a"] is parts["0a"]

    longer = replace(first, until=LATER, shared_at=SOON)
    assert await ShareStore(database).add(longer, guard=unguarded, entry="Shared.", most=9)
    prolonged = await shares.of(HERE, renamed)
    assert prolonged["0a"].shares == (longer,)
    assert prolonged["0b"] is renamed["0b"]

    end = ShareEnd(share=longer, cause=Cause.UNSHARED, by_id=ANN, by_name="Ann", entry="Over.")
    assert await ShareStore(database).end([end], LATER)
    left = await shares.of(HERE, prolonged)
    assert left == {"0b": renamed["0b"]}
    assert await shares.of(HERE + 1, left) == {}


@pytest.mark.slow
async def test_thousands_are_read_in_pieces(database: Database) -> None:
    await shared(database, FIRST)
    await multiply(database, READ_WHOLE + 100)
    shares = ServerShareStore(database)
    parts = await shares.of(HERE, {})
    assert all_of(parts) == sorted(await ShareStore(database).in_server(HERE), key=lambda share: share.voice.id)
    assert len(parts) > READ_SINGLY

    changed = all_of(parts)[::100]
    assert 1 < len(changed) <= READ_SINGLY
    for number, share in enumerate(changed):
        await VoiceStore(database).rename(share.voice.id, f"Another {number}")
    anew = await shares.of(HERE, parts)
    assert all_of(anew) == sorted(await ShareStore(database).in_server(HERE), key=lambda share: share.voice.id)
    assert sum(anew[part] is not parts[part] for part in parts) == len({share.voice.id[:2] for share in changed})


async def test_a_difference_in_any_column_counts(database: Database) -> None:
    await shared(database, FIRST)
    async with database.reading() as db:
        rows = [await db.fetch_one(query) for query in ("SELECT * FROM voice", "SELECT * FROM share")]
    columns = sorted(column for row in rows if row is not None for column in row)
    assert sorted(column.rpartition(".")[2] for column in COLUMNS) == columns


async def test_a_change_in_what_is_shown_of_a_share_is_told(database: Database) -> None:
    voice = (await shared(database, FIRST)).voice
    told: list[str] = []
    database.wakeups.subscribe(Work.SHARES, lambda: told.append("changed"))
    await VoiceStore(database).note_name(ANN, voice.owner_name)
    assert told == []
    await VoiceStore(database).note_name(ANN, "Annabel")
    assert told == ["changed"]
    assert await TrainingStore(database).fail(voice, "It is gone.", now=LATER)
    assert told == ["changed", "changed"]


async def multiply(database: Database, voices: int) -> None:
    """Share copies of the first voice, with ids that begin with all characters."""
    copy: LiteralString = """
        INSERT INTO voice (id, owner_id, owner_name, name, name_key, slot, state, channel_id, since, created_at)
        SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), owner_name, name, name_key, slot, state, channel_id, since,
               created_at
        FROM voice WHERE id = $3
    """
    share: LiteralString = """
        INSERT INTO share (voice_id, guild_id, audience, target_id, shared_by, shared_at)
        VALUES ($1, $2, 'server', 0, $3, $4)
    """
    async with database.writing() as db:
        for number in range(1, voices + 1):
            id_ = f"{number:016x}"[::-1]
            await db.execute(copy, id_, 1000 + number, FIRST)
            await db.execute(share, id_, HERE, 1000 + number, NOW)
