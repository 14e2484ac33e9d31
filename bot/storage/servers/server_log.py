"""The `log_entry` table: entries that wait to be posted in a server's log channel."""

from collections.abc import Sequence

from bot.models.servers import LogEntry
from bot.storage.engine.database import Row, Session
from bot.storage.engine.queue import Queue
from bot.storage.engine.store import Store, reads, writes

QUEUE = Queue(table="log_entry", order="created_at, id")


class ServerLogStore(Store):
    @writes
    async def claim(self, db: Session, *, now: int, until: int, most: int) -> list[LogEntry]:
        """Claim up to `most` due entries, oldest first; other processes do not get them until `until`."""
        rows = await QUEUE.claim(db, now=now, until=until, most=most)
        entries = {entry.id: entry for entry in map(_entry, rows)}
        for batch in {entry.batch for entry in entries.values() if entry.batch is not None}:
            query = "UPDATE log_entry SET next_attempt_at = $1 WHERE batch = $2 RETURNING *"  # always the whole batch
            entries |= {entry.id: entry for entry in map(_entry, await db.fetch_all(query, until, batch))}
        return sorted(entries.values(), key=lambda entry: (entry.created_at, entry.id))

    @writes
    async def put_together(self, db: Session, entries: Sequence[LogEntry], batch: str) -> None:
        """Fix which entries are in a message before it is sent, since its nonce must always mean the same message."""
        for entry in entries:
            await db.execute("UPDATE log_entry SET batch = $2 WHERE id = $1", entry.id, batch)

    @writes
    async def try_claimed_now(self, db: Session, now: int) -> None:
        """Make due the entries that a process was posting when it died; called at start."""
        if db.is_alone:
            await db.execute("UPDATE log_entry SET next_attempt_at = $1 WHERE batch IS NOT NULL", now)

    @reads
    async def next_due(self, db: Session) -> int | None:
        return await QUEUE.next_due(db)

    @reads
    async def posting_of(self, db: Session, batch: str, guild_id: int) -> tuple[int | None, list[LogEntry]]:
        """Return the channel of a message, and those of its entries that are still to be posted, oldest first."""
        row = await db.fetch_one("SELECT log_channel_id FROM server WHERE guild_id = $1", guild_id)
        entries = await db.fetch_all("SELECT * FROM log_entry WHERE batch = $1 ORDER BY created_at, id", batch)
        elsewhere = next((entry["channel_id"] for entry in entries), None)
        return elsewhere or (row["log_channel_id"] if row else None), [_entry(entry) for entry in entries]

    @writes
    async def finish(self, db: Session, batch: str, guild_id: int) -> None:
        """Delete the entries of a posted message, and the note of earlier trouble with the log channel."""
        query = """
            UPDATE server SET log_trouble = NULL WHERE guild_id = $1
            AND NOT EXISTS (SELECT 1 FROM log_entry WHERE batch = $2 AND channel_id IS NOT NULL)
        """
        await db.execute(query, guild_id, batch)
        await db.execute("DELETE FROM log_entry WHERE batch = $1", batch)

    @writes
    async def put_off(self, db: Session, batch: str, again: int) -> None:
        await db.execute("UPDATE log_entry SET next_attempt_at = $2 WHERE batch = $1", batch, again)

    @writes
    async def drop_if_only_there(self, db: Session, batch: str) -> None:
        """Delete the entries that must be posted in a channel which the log has left."""
        await db.execute("DELETE FROM log_entry WHERE batch = $1 AND channel_id IS NOT NULL", batch)

    @writes
    async def note_trouble(self, db: Session, guild_id: int, channel_id: int, why: str) -> None:
        """Show the server's managers why nothing is posted in the channel, if it is still the log channel."""
        query = "UPDATE server SET log_trouble = $3 WHERE guild_id = $1 AND log_channel_id = $2"
        await db.execute(query, guild_id, channel_id, why)

    @writes
    async def drop_before(self, db: Session, moment: int) -> int:
        return await db.execute("DELETE FROM log_entry WHERE created_at < $1", moment)


def _entry(row: Row) -> LogEntry:
    return LogEntry(
        id=row["id"],
        guild_id=row["guild_id"],
        sentence=row["sentence"],
        created_at=row["created_at"],
        batch=row["batch"],
        channel_id=row["channel_id"],
    )
