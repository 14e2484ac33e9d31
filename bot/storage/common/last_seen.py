"""The `last_seen` table: when the bot last ran."""

from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads, writes


class LastSeenStore(Store):
    @reads
    async def read(self, db: Session) -> int | None:
        """Return when the bot last ran; None if that is not known."""
        row = await db.fetch_one("SELECT seen_at FROM last_seen")
        return row["seen_at"] if row else None

    @writes
    async def note(self, db: Session, now: int) -> None:
        query = """
            INSERT INTO last_seen (id, seen_at) VALUES (1, $1)
            ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
        """
        await db.execute(query, now)
