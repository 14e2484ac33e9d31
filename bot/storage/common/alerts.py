"""The `alert` table: troubles that only the host can end."""

from bot.models import Blocker
from bot.storage.engine.database import Database


class AlertStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def raise_(self, kind: Blocker, *, now: int, quiet_since: int) -> bool:
        """Ask for the host to be told; False when they heard of it after `quiet_since`."""
        async with self._database.writing() as db:
            query = """
                INSERT INTO alert (kind, raised_at) VALUES ($1, $2)
                ON CONFLICT (kind) DO UPDATE SET raised_at = excluded.raised_at
                WHERE alert.told_at IS NULL OR alert.told_at <= $3
            """
            return await db.execute(query, kind.value, now, quiet_since) > 0

    async def claim(self, now: int) -> list[Blocker]:
        """Take the troubles that the host has not heard of; they count as told from here on."""
        async with self._database.writing() as db:
            query = "UPDATE alert SET told_at = $1 WHERE told_at IS NULL OR raised_at > told_at RETURNING kind"
            return [Blocker(row["kind"]) for row in await db.fetch_all(query, now)]

    async def release(self, kind: Blocker) -> None:
        """The host was not told after all."""
        async with self._database.writing() as db:
            await db.execute("UPDATE alert SET told_at = NULL WHERE kind = $1", kind.value)
