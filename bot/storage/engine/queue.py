"""Queues of rows: how background workers claim due rows, and learn when the next one is due."""

from dataclasses import dataclass
from typing import LiteralString

from bot.storage.engine.database import Row, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The rows of a table with `id` and `next_attempt_at` that wait for one kind of worker."""

    table: LiteralString
    condition: LiteralString = "next_attempt_at IS NOT NULL"
    order: LiteralString = "next_attempt_at"

    async def claim(self, db: Session, *, now: int, until: int, most: int) -> list[Row]:
        """Claim up to `most` due rows; other processes do not get them until `until`."""
        query = f"""
            UPDATE {self.table} SET next_attempt_at = $1 WHERE id IN (
                SELECT id FROM {self.table} WHERE {self.condition} AND next_attempt_at <= $2
                ORDER BY {self.order} LIMIT $3{db.due_lock}
            ) RETURNING *
        """
        return await db.fetch_all(query, until, now, most)

    async def next_due(self, db: Session) -> int | None:
        """Return when the next row is due; None if no row waits."""
        query = f"SELECT MIN(next_attempt_at) AS due FROM {self.table} WHERE {self.condition}"
        row = await db.fetch_one(query)
        return row["due"] if row else None
