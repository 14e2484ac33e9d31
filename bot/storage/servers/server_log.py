"""The `log_entry` table: what is still to be posted in a server's log channel."""

from collections.abc import Sequence

from bot.models import LogEntry
from bot.storage.engine.database import Database, Row


class ServerLogStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, *, now: int, until: int, most: int) -> list[LogEntry]:
        """Take up to `most` entries that are due and keep them from others until `until`; oldest first."""
        async with self._database.writing() as db:
            query = (
                "UPDATE log_entry SET next_attempt_at = $1 WHERE id IN (SELECT id FROM log_entry "
                "WHERE next_attempt_at <= $2 ORDER BY created_at, id LIMIT $3"
                + self._database.due_lock
                + ") RETURNING *"
            )
            entries = {entry.id: entry for entry in map(_entry, await db.fetch_all(query, until, now, most))}
            for batch in {entry.batch for entry in entries.values() if entry.batch is not None}:
                query = "UPDATE log_entry SET next_attempt_at = $1 WHERE batch = $2 RETURNING *"  # never a part of it
                entries |= {entry.id: entry for entry in map(_entry, await db.fetch_all(query, until, batch))}
        return sorted(entries.values(), key=lambda entry: (entry.created_at, entry.id))

    async def put_together(self, entries: Sequence[LogEntry], batch: str) -> None:
        """Fix what goes into one message, before it is sent: its nonce must mean the same for ever."""
        async with self._database.writing() as db:
            for entry in entries:
                await db.execute("UPDATE log_entry SET batch = $2 WHERE id = $1", entry.id, batch)

    async def try_claimed_now(self, now: int) -> None:
        """At a start: what a process was posting when it died is posted at once."""
        if self._database.is_alone:
            async with self._database.writing() as db:
                await db.execute("UPDATE log_entry SET next_attempt_at = $1 WHERE batch IS NOT NULL", now)

    async def next_due(self) -> int | None:
        async with self._database.reading() as db:
            row = await db.fetch_one("SELECT MIN(next_attempt_at) AS due FROM log_entry")
        return row["due"] if row else None

    async def channel_of(self, guild_id: int) -> int | None:
        async with self._database.reading() as db:
            row = await db.fetch_one("SELECT log_channel_id FROM server WHERE guild_id = $1", guild_id)
        return row["log_channel_id"] if row else None

    async def finish(self, batch: str, guild_id: int) -> None:
        """The message is there."""
        async with self._database.writing() as db:
            await db.execute("DELETE FROM log_entry WHERE batch = $1", batch)
            await db.execute("UPDATE server SET log_trouble = NULL WHERE guild_id = $1", guild_id)

    async def put_off(self, batch: str, again: int) -> None:
        async with self._database.writing() as db:
            await db.execute("UPDATE log_entry SET next_attempt_at = $2 WHERE batch = $1", batch, again)

    async def note_trouble(self, guild_id: int, channel_id: int, why: str) -> None:
        """Have the server's managers see why nothing is posted in the channel, if it is still the one they chose."""
        async with self._database.writing() as db:
            query = "UPDATE server SET log_trouble = $3 WHERE guild_id = $1 AND log_channel_id = $2"
            await db.execute(query, guild_id, channel_id, why)

    async def drop_before(self, moment: int) -> int:
        async with self._database.writing() as db:
            return await db.execute("DELETE FROM log_entry WHERE created_at < $1", moment)


def _entry(row: Row) -> LogEntry:
    return LogEntry(
        id=row["id"],
        guild_id=row["guild_id"],
        sentence=row["sentence"],
        created_at=row["created_at"],
        batch=row["batch"],
    )
