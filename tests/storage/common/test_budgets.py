"""Characters that are counted in several budgets at once."""

import asyncio
from collections.abc import Mapping

import pytest

from bot.models.common import Charge
from bot.storage.common.budgets import BudgetStore, OverBudget
from bot.storage.engine.database import Block, Database
from tests.storage.voices.making import NOW


async def test_characters_are_counted_in_every_budget_or_in_none(database: Database, elsewhere: Database) -> None:
    limits = {"server:7": 10, "ann": None, "ben": 9}

    async def refusal(number: int, side: Database) -> Mapping[str, int]:
        charge = Charge(id=f"{number:016x}", day="2026-11-23", characters=6, charged_at=NOW)
        try:
            await BudgetStore(side).spend(charge, limits)
        except OverBudget as over:
            return over.spent
        return {}

    outcomes = await asyncio.gather(*(refusal(number, side) for number, side in enumerate([database, elsewhere] * 2)))
    assert (outcomes.count({}), outcomes.count({"ben": 6, "server:7": 6})) == (1, 3)
    spent = await BudgetStore(database).spent(list(limits), "2026-11-23")
    assert spent == dict.fromkeys(limits, 6)
    await asyncio.gather(*(BudgetStore(database).give_back(f"{number:016x}") for number in range(4)))
    assert await BudgetStore(elsewhere).spent(list(limits), "2026-11-23") == dict.fromkeys(limits, 0)


async def test_a_charge_that_is_cancelled_when_it_has_just_been_committed_is_undone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BudgetStore(database)
    charge = Charge(id="f" * 16, day="2026-11-23", characters=6, charged_at=NOW)
    write = database.write

    async def write_and_be_cancelled(block: Block[object]) -> object:
        monkeypatch.undo()
        await write(block)
        spending.cancel()
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(database, "write", write_and_be_cancelled)
    spending: asyncio.Task[None] = asyncio.create_task(store.spend(charge, {"member": 10}))
    await asyncio.wait([spending])
    assert spending.cancelled()
    assert await store.spent(["member"], charge.day) == {"member": 0}
    assert await store.open_since(NOW + 1) == []
