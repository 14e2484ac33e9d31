"""Takes are kept for a while, a few of each member, and their records can be begun only once."""

from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.models.common import Charge
from bot.models.sounds import Sound
from bot.models.speech import Take
from bot.storage.common.budgets import BudgetStore
from bot.storage.engine.database import Conflict, Database, Session
from bot.storage.speech.takes import TakeStore
from bot.storage.speech.utterances import UtteranceStore
from tests.storage.guards import unguarded
from tests.storage.speech.test_utterances import ANN, LATER, NOW, keep_voice, utterance


def take(number: int, *, keep_until: int = LATER) -> Take:
    sound = Sound(id=f"{number:016x}", hash="hash", data=b"mp3" * number)
    return Take(sound=sound, member_id=ANN, voice_id="v1", characters=5, made_at=NOW + number, keep_until=keep_until)


async def keep(store: TakeStore, each: Take, *, most: int = 9) -> None:
    assert await store.keep(each, charge_id=None, guard=unguarded, most=most) is None


async def found(store: TakeStore, number: int, *, member_id: int = ANN, now: int = NOW) -> Take | None:
    return await store.of_member(take(number).sound.id, member_id, now=now)


async def test_a_take_is_its_members_until_its_time_is_over(database: Database) -> None:
    store = TakeStore(database)
    await keep_voice(database, "trained")
    await keep(store, take(1))
    assert await found(store, 1) == take(1)
    assert await found(store, 1, member_id=ANN + 1) is None
    assert await found(store, 1, now=LATER) is None
    await store.drop_old(LATER - 1)
    assert await found(store, 1) is not None
    await store.drop_old(LATER)
    assert await found(store, 1) is None


async def test_the_oldest_of_too_many_goes(database: Database) -> None:
    store = TakeStore(database)
    await keep_voice(database, "trained")
    for number in (1, 2, 3):
        await keep(store, take(number), most=2)
    await keep(store, replace(take(4), member_id=ANN + 1), most=2)
    assert [number for number in (1, 2, 3) if await found(store, number)] == [2, 3]


async def test_a_take_that_is_not_permitted_any_more_is_charged_but_not_kept(database: Database) -> None:
    async def guard(_: Session) -> None:
        raise UserError("Not any more.")

    store, budgets = TakeStore(database), BudgetStore(database)
    await keep_voice(database, "trained")
    await budgets.spend(Charge(id="c1", day="1970-01-01", characters=5, charged_at=NOW), {"ann": None})
    refusal = await store.keep(take(1), charge_id="c1", guard=guard, most=9)
    assert str(refusal) == "Not any more."
    await budgets.give_back("c1")
    assert await budgets.spent(["ann"], "1970-01-01") == {"ann": 5}
    assert await found(store, 1) is None


async def test_two_processes_begin_the_record_of_a_take_once(database: Database, elsewhere: Database) -> None:
    stores = [UtteranceStore(each) for each in (database, elsewhere)]
    await stores[0].begin(utterance(1), charge_id=None, guard=unguarded, log=None, log_not_before=LATER)
    with pytest.raises(Conflict):
        await stores[1].begin(utterance(1), charge_id=None, guard=unguarded, log=None, log_not_before=LATER)
