"""The `alert` table: trouble that only the host can end."""

from bot.models.common import Blocker, Work
from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, writes


class AlertStore(Store):
    @writes
    async def raise_(self, db: Session, kind: Blocker, *, now: int, quiet_since: int) -> bool:
        """Have the host told. Returns False if they were told of it after `quiet_since`."""
        query = """
            INSERT INTO alert (kind, raised_at) VALUES ($1, $2)
            ON CONFLICT (kind) DO UPDATE SET raised_at = excluded.raised_at
            WHERE alert.told_at IS NULL OR alert.told_at <= $3
        """
        is_raised = await db.execute(query, kind.value, now, quiet_since) > 0
        if is_raised:
            db.wakes(Work.ALERTS)
        return is_raised

    @writes
    async def claim(self, db: Session, now: int) -> list[Blocker]:
        """Return the trouble that the host was not told of; it counts as told from here on."""
        query = "UPDATE alert SET told_at = $1 WHERE told_at IS NULL OR raised_at > told_at RETURNING kind"
        return [Blocker(row["kind"]) for row in await db.fetch_all(query, now)]

    @writes
    async def release(self, db: Session, kind: Blocker) -> None:
        """Record that the host was not told after all."""
        await db.execute("UPDATE alert SET told_at = NULL WHERE kind = $1", kind.value)
