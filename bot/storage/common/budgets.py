"""The tables `budget` and `charge`: what was paid for on a UTC day, and charges that are not settled yet.

Both count characters to be spoken, or recordings to be listened to; the scope says which.
"""

import asyncio
from collections.abc import Mapping, Sequence

from bot.errors import UserError
from bot.models.common import Charge
from bot.storage.engine.database import Guard, Session, finished
from bot.storage.engine.store import Store, reads, writes

_NO_LIMIT = 2**62


class OverBudget(Exception):
    """Nothing was counted. `spent` holds what is spent of each budget that had too little left."""

    def __init__(self, spent: Mapping[str, int]) -> None:
        super().__init__(", ".join(spent))
        self.spent = spent


async def settle(db: Session, charge_id: str) -> None:
    """Settle a charge; call it in the transaction that records what it was for."""
    await db.execute("DELETE FROM charge WHERE id = $1", charge_id)


async def settle_and_ask(db: Session, charge_id: str | None, guard: Guard) -> UserError | None:
    """Settle a charge, if there is one, since Fish Audio has made the sound; then ask whether it may still be used.

    Returns the guard's refusal: an error would undo the settling.
    """
    if charge_id is not None:
        await settle(db, charge_id)
    try:
        await guard(db)
    except UserError as refusal:
        return refusal
    return None


class BudgetStore(Store):
    async def spend(self, charge: Charge, limits: Mapping[str, int | None]) -> None:
        """Count characters in every budget of `limits`, or in none of them if it is cancelled or raises OverBudget.

        Each is counted by one conditional statement, so two charges at once cannot both pass a limit.
        """
        try:
            await self._spend(charge, limits)
        except asyncio.CancelledError:
            await finished(self.give_back(charge.id))  # it may have been committed just before
            raise

    @writes
    async def _spend(self, db: Session, charge: Charge, limits: Mapping[str, int | None]) -> None:
        refused: dict[str, int] = {}
        for scope in sorted(limits):  # all processes lock in one order, so none waits for another in a circle
            if not await _count(db, charge, scope, limits[scope]):
                refused[scope] = await _spent(db, scope, charge.day)
        if refused:
            raise OverBudget(refused)

    @writes
    async def settle(self, db: Session, charge_id: str) -> None:
        """Let a charge stand: Fish Audio is paid for it."""
        await settle(db, charge_id)

    @writes
    async def give_back(self, db: Session, charge_id: str) -> None:
        """Undo a charge, once, if it is not settled."""
        query = "SELECT scope FROM charge WHERE id = $1 ORDER BY scope"
        for row in await db.fetch_all(query, charge_id):
            query = "DELETE FROM charge WHERE id = $1 AND scope = $2 RETURNING day, characters"
            charged = await db.fetch_one(query, charge_id, row["scope"])
            if charged is not None:
                query = "UPDATE budget SET characters = characters - $3 WHERE scope = $1 AND day = $2"
                await db.execute(query, row["scope"], charged["day"], charged["characters"])

    @reads
    async def open_since(self, db: Session, before: int, *, before_if_alone: int | None = None) -> list[str]:
        """Return the ids of charges made `before`, or `before_if_alone` if no other process uses the database."""
        if db.is_alone and before_if_alone is not None:
            before = before_if_alone
        rows = await db.fetch_all("SELECT DISTINCT id FROM charge WHERE charged_at < $1", before)
        return [row["id"] for row in rows]

    @reads
    async def spent(self, db: Session, scopes: Sequence[str], day: str) -> dict[str, int]:
        """Return what is spent of these budgets."""
        return {scope: await _spent(db, scope, day) for scope in scopes}

    @writes
    async def forget_before(self, db: Session, day: str) -> int:
        return await db.execute("DELETE FROM budget WHERE day < $1", day)


async def _count(db: Session, charge: Charge, scope: str, limit: int | None) -> bool:
    """Count a charge in one budget. Returns False if that would pass its limit."""
    if limit is not None and charge.characters > limit:
        return False
    query = """
        INSERT INTO budget (scope, day, characters) VALUES ($1, $2, $3)
        ON CONFLICT (scope, day) DO UPDATE SET characters = budget.characters + excluded.characters
        WHERE budget.characters + excluded.characters <= $4
    """
    if not await db.execute(query, scope, charge.day, charge.characters, _NO_LIMIT if limit is None else limit):
        return False
    query = "INSERT INTO charge (id, scope, day, characters, charged_at) VALUES ($1, $2, $3, $4, $5)"
    await db.execute(query, charge.id, scope, charge.day, charge.characters, charge.charged_at)
    return True


async def _spent(db: Session, scope: str, day: str) -> int:
    row = await db.fetch_one("SELECT characters FROM budget WHERE scope = $1 AND day = $2", scope, day)
    return row["characters"] if row else 0
