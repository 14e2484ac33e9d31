"""The record of a sound, from before it is posted until it is deleted."""

import asyncio
from dataclasses import replace

from bot.clock import DAY
from bot.errors import UserError
from bot.models.common import Charge
from bot.models.speech import Utterance
from bot.storage.common.budgets import BudgetStore
from bot.storage.engine.database import Database, Session
from bot.storage.speech.utterances import UtteranceStore
from tests.storage.guards import unguarded

ANN, HERE = 1, 7
NOW, LATER = 1_000, 3_000


def utterance(number: int, *, asker_id: int = ANN, guild_id: int | None = HERE, day: int = 0) -> Utterance:
    return Utterance(
        id=f"{number:016x}",
        made_at=day * DAY + NOW + number,
        voice_id="v1",
        voice_name="Grandpa",
        owner_id=ANN,
        owner_name="Ann",
        asker_id=asker_id,
        asker_name="Ben",
        guild_id=guild_id,
        channel_id=8,
        characters=number,
        sound_hash="same",
        file_hash="own",
    )


async def keep_voice(database: Database, state: str) -> None:
    async with database.writing() as db:
        query = """
            INSERT INTO voice (id, owner_id, owner_name, name, name_key, slot, state, channel_id, since, created_at)
            VALUES ('v1', $1, 'Ann', 'Grandpa', 'grandpa', 0, $2, 8, $3, $3)
            ON CONFLICT (id) DO UPDATE SET state = excluded.state
        """
        await db.execute(query, ANN, state, NOW)


async def begin(store: UtteranceStore, each: Utterance) -> Utterance:
    begun = await store.begin(each, charge_id="c1", guard=unguarded, log="Ben used it.", log_not_before=LATER)
    assert isinstance(begun, Utterance)
    return begun


async def test_a_sound_that_is_not_permitted_any_more_is_charged_but_not_recorded(
    database: Database,
) -> None:
    async def guard(_: Session) -> None:
        raise UserError("Not any more.")

    store, allowances = UtteranceStore(database), BudgetStore(database)
    charge = Charge(id="c1", day="1970-01-01", characters=5, charged_at=NOW)
    await allowances.spend(charge, {"ann": None})
    refusal = await store.begin(utterance(1), charge_id="c1", guard=guard, log="Ben used it.", log_not_before=LATER)
    assert str(refusal) == "Not any more."
    assert await store.by_id(utterance(1).id) is None
    await allowances.give_back("c1")
    assert await allowances.spent(["ann"], "1970-01-01") == {"ann": 5}


async def test_a_sound_is_recorded_before_it_is_posted_and_counted_afterwards(database: Database) -> None:
    store = UtteranceStore(database)
    await keep_voice(database, "trained")
    begun = [
        await begin(store, each)
        for each in (
            utterance(1),
            utterance(2, asker_id=2),
            utterance(4, guild_id=None),
            utterance(8, day=1),
            utterance(16, day=1),
        )
    ]
    unposted = begun.pop()
    for each in begun:
        await store.complete(each, 100, log="Ben used it.", now=NOW)

    assert await store.by_id(unposted.id) == unposted
    assert await store.characters_by_day(since=0) == {"1970-01-01": 7, "1970-01-02": 8}
    assert await store.characters_by_day(since=DAY, guild_id=HERE) == {"1970-01-02": 8}
    assert await store.characters_by_day(since=0, guild_id=HERE, asker_id=ANN) == {"1970-01-01": 1, "1970-01-02": 8}

    await store.withdraw(unposted)
    assert await store.by_id(unposted.id) is None
    assert await store.by_sound("same") == replace(begun[3], message_id=100)
    assert [each.id for each in await store.of_voice("v1", most=2)] == [begun[3].id, begun[2].id]

    deletions = [store.mark_deleted(begun[0], member_id=by, guard=unguarded, now=NOW, log="Gone.") for by in (ANN, 2)]
    assert sorted(await asyncio.gather(*deletions)) == [False, True]
    assert await store.forget(DAY) == 3


async def test_who_deleted_a_message_is_not_noted_where_they_were_erased_meanwhile(database: Database) -> None:
    async def guard(_: Session) -> None:
        raise UserError("Erased.")

    store = UtteranceStore(database)
    await begin(store, utterance(1))
    assert await store.mark_deleted(utterance(1), member_id=2, guard=guard, now=LATER, log="Ben did it.")
    noted = await store.by_id(utterance(1).id)
    assert noted is not None
    assert noted.deleted_at == LATER
