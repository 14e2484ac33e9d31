"""What time it is by the database: the clock of its server, and the `last_seen` table, when the bot last ran."""

from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads, writes


class LastSeenStore(Store):
    async def time(self) -> int | None:
        """Return what the clock of the database's server shows; None if it has none of its own."""
        return await self.database.time()

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
