"""The `notice` table: what members must be told once."""

from bot.models import Notice, NoticeKind
from bot.storage.engine.database import Database, Row


class NoticeStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, *, now: int, until: int, most: int) -> list[Notice]:
        """Take the notices that are due and keep them from others until `until`."""
        async with self._database.writing() as db:
            query = (
                "UPDATE notice SET next_attempt_at = $1 WHERE id IN (SELECT id FROM notice "
                "WHERE next_attempt_at <= $2 ORDER BY next_attempt_at LIMIT $3"
                + self._database.due_lock
                + ") RETURNING *"
            )
            return [_notice(row) for row in await db.fetch_all(query, until, now, most)]

    async def try_claimed_now(self, now: int) -> None:
        """At a start: what a process was saying when it died is said again at once."""
        if self._database.is_alone:
            async with self._database.writing() as db:
                query = """
                    UPDATE notice SET next_attempt_at = $1
                    WHERE next_attempt_at > $1 AND (undelivered = 0 OR first_tried_at IS NOT NULL)
                """
                await db.execute(query, now)

    async def next_due(self) -> int | None:
        async with self._database.reading() as db:
            row = await db.fetch_one("SELECT MIN(next_attempt_at) AS due FROM notice")
        return row["due"] if row else None

    async def keep_claim(self, notice_id: str, until: int) -> None:
        async with self._database.writing() as db:
            query = "UPDATE notice SET next_attempt_at = $2 WHERE id = $1 AND next_attempt_at IS NOT NULL"
            await db.execute(query, notice_id, until)

    async def begin_sending(self, notice_id: str, now: int) -> bool:
        """Record that from its first try on Discord may have the notice; False when it is not to be said any more."""
        async with self._database.writing() as db:
            query = "UPDATE notice SET first_tried_at = COALESCE(first_tried_at, $2) WHERE id = $1 AND sent_at IS NULL"
            return await db.execute(query, notice_id, now) > 0

    async def mark_sent(self, notice_id: str, now: int) -> None:
        """Be done with a notice; what was told as news is not kept."""
        async with self._database.writing() as db:
            await db.execute("DELETE FROM notice WHERE id = $1 AND kind = 'news'", notice_id)
            query = "UPDATE notice SET sent_at = $2, next_attempt_at = NULL WHERE id = $1"
            await db.execute(query, notice_id, now)

    async def put_off(self, notice_id: str, *, next_attempt_at: int | None, undelivered: int) -> None:
        """Try again later, or never when `next_attempt_at` is None; Discord does not have the notice."""
        async with self._database.writing() as db:
            query = """
                UPDATE notice SET next_attempt_at = $2, undelivered = $3, first_tried_at = NULL WHERE id = $1
            """
            await db.execute(query, notice_id, next_attempt_at, undelivered)

    async def retry_unclear(self, notice_id: str, *, next_attempt_at: int | None) -> None:
        """Try again later, or never when `next_attempt_at` is None; Discord may have the notice already."""
        async with self._database.writing() as db:
            await db.execute("UPDATE notice SET next_attempt_at = $2 WHERE id = $1", notice_id, next_attempt_at)

    async def drop(self, notice_id: str) -> None:
        """Forget a notice that no longer says the truth."""
        async with self._database.writing() as db:
            await db.execute("DELETE FROM notice WHERE id = $1", notice_id)

    async def was_ready(self, voice_id: str) -> bool:
        """Whether a voice was trained once, whatever became of it since."""
        async with self._database.reading() as db:
            query = "SELECT id FROM notice WHERE voice_id = $1 AND kind = 'trained'"
            return await db.fetch_one(query, voice_id) is not None

    async def is_undelivered(self, voice_id: str, recipient_id: int) -> bool:
        """Whether there is something about a voice that nobody could tell them yet."""
        async with self._database.reading() as db:
            query = """
                SELECT id FROM notice WHERE voice_id = $1 AND recipient_id = $2 AND sent_at IS NULL AND undelivered > 0
            """
            return await db.fetch_one(query, voice_id, recipient_id) is not None

    async def forget_news(self, before: int) -> None:
        """Let go of news older than `before` that nobody could be told."""
        async with self._database.writing() as db:
            query = "DELETE FROM notice WHERE kind = 'news' AND next_attempt_at IS NULL AND created_at < $1"
            await db.execute(query, before)


def _notice(row: Row) -> Notice:
    return Notice(
        id=row["id"],
        recipient_id=row["recipient_id"],
        kind=NoticeKind(row["kind"]),
        voice_id=row["voice_id"],
        text=row["text"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        created_at=row["created_at"],
        first_tried_at=row["first_tried_at"],
        undelivered=row["undelivered"],
    )
