"""The `notice` table: what members must be told, once each."""

from collections.abc import Collection

from bot.models.members import Notice, NoticeKind
from bot.storage.engine.database import Row, Session
from bot.storage.engine.queue import Queue
from bot.storage.engine.store import Store, reads, writes

QUEUE = Queue(table="notice")


class NoticeStore(Store):
    @writes
    async def claim(self, db: Session, *, now: int, until: int, most: int) -> list[Notice]:
        """Claim up to `most` due notices; other processes do not get them until `until`."""
        rows = await QUEUE.claim(db, now=now, until=until, most=most)
        return [_notice(row) for row in rows]

    @writes
    async def try_claimed_now(self, db: Session, now: int) -> None:
        """Make due the notices that a process was sending when it died; called at start."""
        if db.is_alone:
            query = """
                UPDATE notice SET next_attempt_at = $1
                WHERE next_attempt_at > $1 AND (undelivered = 0 OR first_tried_at IS NOT NULL)
            """
            await db.execute(query, now)

    @reads
    async def next_due(self, db: Session) -> int | None:
        return await QUEUE.next_due(db)

    @reads
    async def still_waiting(self, db: Session, notice_ids: Collection[str]) -> set[str]:
        """Return those of these notices that are still to be sent."""
        query = "SELECT id FROM notice WHERE id = $1 AND next_attempt_at IS NOT NULL"
        return {id_ for id_ in notice_ids if await db.fetch_one(query, id_) is not None}

    @writes
    async def keep_claim(self, db: Session, notice_id: str, until: int) -> None:
        query = "UPDATE notice SET next_attempt_at = $2 WHERE id = $1 AND next_attempt_at IS NOT NULL"
        await db.execute(query, notice_id, until)

    @writes
    async def begin_sending(self, db: Session, notice_id: str, now: int) -> bool:
        """Record the first try, from which on Discord may have the notice. Returns False if it must not be sent."""
        query = "UPDATE notice SET first_tried_at = COALESCE(first_tried_at, $2) WHERE id = $1 AND sent_at IS NULL"
        return await db.execute(query, notice_id, now) > 0

    @writes
    async def mark_sent(self, db: Session, notice_id: str, now: int) -> None:
        """Mark a notice as sent. News is deleted."""
        await db.execute("DELETE FROM notice WHERE id = $1 AND kind = 'news'", notice_id)
        query = "UPDATE notice SET sent_at = $2, next_attempt_at = NULL WHERE id = $1"
        await db.execute(query, notice_id, now)

    @writes
    async def put_off(self, db: Session, notice_id: str, *, next_attempt_at: int | None, undelivered: int) -> None:
        """Plan the next try, or none if `next_attempt_at` is None; Discord does not have the notice."""
        query = """
            UPDATE notice SET next_attempt_at = $2, undelivered = $3, first_tried_at = NULL WHERE id = $1
        """
        await db.execute(query, notice_id, next_attempt_at, undelivered)

    @writes
    async def retry_unclear(self, db: Session, notice_id: str, *, next_attempt_at: int | None) -> None:
        """Plan the next try, or none if `next_attempt_at` is None; Discord may have the notice already."""
        await db.execute("UPDATE notice SET next_attempt_at = $2 WHERE id = $1", notice_id, next_attempt_at)

    @writes
    async def drop(self, db: Session, notice_id: str) -> None:
        """Delete a notice that is no longer true."""
        await db.execute("DELETE FROM notice WHERE id = $1", notice_id)

    @reads
    async def was_ready(self, db: Session, voice_id: str) -> bool:
        """Return whether a voice was trained at some time."""
        query = "SELECT id FROM notice WHERE voice_id = $1 AND kind = 'trained'"
        return await db.fetch_one(query, voice_id) is not None

    @writes
    async def forget_news(self, db: Session, before: int) -> None:
        """Delete news older than `before` that could not be delivered."""
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
        of_update=bool(row["of_update"]),
    )
