"""A voice at Fish Audio belongs to one row, whatever ids Fish Audio gives out."""

import pytest

from bot.models.voices import VoiceState
from bot.storage.engine.database import Database
from bot.storage.engine.migrate import known_migrations
from bot.storage.voices.removals import RemovalStore
from bot.storage.voices.training import FishIdTaken, TrainingStore
from bot.storage.voices.voices import VoiceStore
from tests.storage.voices.making import LATER, NOW, SOON, current, delete, make_queued, make_training

BEN = 2


async def test_a_creation_cannot_take_the_id_of_another_voice(database: Database) -> None:
    ann_s, ben_s = await make_training(database), await make_queued(database, 2, owner_id=BEN)
    trainings = TrainingStore(database)
    assert await trainings.begin_attempt(ben_s, "second", now=NOW, look_until=LATER)
    with pytest.raises(FishIdTaken):
        await trainings.begin_training(ben_s.id, "second", fish_id="f1", now=NOW, next_attempt_at=NOW)
    assert (await current(database, ben_s)).tag == "second"

    await delete(database, ann_s)
    [removal] = await RemovalStore(database).claim(now=NOW, until=NOW, most=9)
    with pytest.raises(FishIdTaken):
        await trainings.begin_training(ben_s.id, "second", fish_id="f1", now=NOW, next_attempt_at=NOW)
    await RemovalStore(database).finish(removal)
    assert await trainings.begin_training(ben_s.id, "second", fish_id="f1", now=NOW, next_attempt_at=NOW)


async def test_nobody_has_another_member_s_voice_deleted(database: Database) -> None:
    await make_training(database)
    ben_s, removals = await make_queued(database, 2, owner_id=BEN), RemovalStore(database)
    await removals.add(ben_s.id, ["f1", "f2"], now=NOW)
    assert [removal.fish_id for removal in await removals.claim(now=NOW, until=LATER, most=9)] == ["f2"]


async def test_a_voice_that_is_in_use_is_not_deleted_as_its_own_stray(database: Database) -> None:
    voice, removals = await make_training(database), RemovalStore(database)
    await removals.add(voice.id, ["f1", "f2"], now=NOW)
    assert [removal.fish_id for removal in await removals.claim(now=NOW, until=LATER, most=9)] == ["f2"]


async def test_of_rows_that_share_an_id_the_oldest_keeps_it(database: Database) -> None:
    oldest = await make_training(database)
    later, deleted = [await make_queued(database, number, owner_id=number) for number in (2, 3)]
    async with database.writing() as db:
        await db.execute("DROP INDEX voice_fish_id")
        await db.execute(
            "UPDATE voice SET state = 'trained', fish_id = 'f1', next_attempt_at = NULL WHERE id <> $1", oldest.id
        )
        await db.execute("UPDATE voice SET state = 'deleting' WHERE id = $1", deleted.id)
        await db.execute(
            "INSERT INTO removal (id, voice_id, fish_id, next_attempt_at) VALUES ('r', $1, 'f1', $2)", deleted.id, NOW
        )
        [migration] = [migration for migration in known_migrations() if migration.name.endswith("_fish_ids.sql")]
        for statement in migration.statements:
            await db.execute(statement)
    assert (await current(database, oldest)).fish_id == "f1"
    failed = await current(database, later)
    assert (failed.state, failed.fish_id) == (VoiceState.FAILED, None)
    assert failed.reason is not None
    assert await VoiceStore(database).by_id(deleted.id) is None
    assert await RemovalStore(database).claim(now=SOON, until=LATER, most=9) == []
