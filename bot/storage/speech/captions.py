"""The `caption` table: voice messages whose captions may not be posted yet."""

from bot.models.speech import Utterance
from bot.storage.engine.database import Session
from bot.storage.engine.queue import Queue
from bot.storage.engine.store import Store, reads, writes
from bot.storage.speech.utterances import utterance_of

QUEUE = Queue(table="caption")


class CaptionStore(Store):
    @writes
    async def claim(self, db: Session, *, now: int, until: int, most: int) -> list[Utterance]:
        """Claim up to `most` voice messages that are due; other processes do not get them until `until`."""
        claimed = await QUEUE.claim(db, now=now, until=until, most=most)
        rows = [await db.fetch_one("SELECT * FROM utterance WHERE id = $1", row["id"]) for row in claimed]
        return [utterance_of(row) for row in rows if row is not None]

    @writes
    async def try_all_now(self, db: Session, now: int) -> None:
        """Make everything due that a process was posting when it died; called at start."""
        if db.is_alone:
            await db.execute("UPDATE caption SET next_attempt_at = $1 WHERE next_attempt_at > $1", now)

    @writes
    async def put_off(self, db: Session, utterance_id: str, until: int) -> None:
        await db.execute("UPDATE caption SET next_attempt_at = $2 WHERE id = $1", utterance_id, until)

    @writes
    async def give_up(self, db: Session, utterance_id: str) -> None:
        await db.execute("DELETE FROM caption WHERE id = $1", utterance_id)

    @reads
    async def next_due(self, db: Session) -> int | None:
        return await QUEUE.next_due(db)
