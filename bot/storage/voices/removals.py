"""The `removal` table: what must be deleted at Fish Audio."""

from secrets import token_hex

from bot.models.common import Work
from bot.models.voices import Removal, Voice
from bot.storage.engine.database import Row, Session
from bot.storage.engine.queue import Queue
from bot.storage.engine.store import Store, reads, writes


async def add_voice(db: Session, voice_id: str, fish_id: str, *, now: int) -> None:
    """Queue a voice for deletion at Fish Audio, unless another row has the same voice, or this one still uses it."""
    query = """
        INSERT INTO removal (id, voice_id, fish_id, next_attempt_at) SELECT $1, $2, $3, $4
        WHERE NOT EXISTS (SELECT 1 FROM voice WHERE fish_id = $3 AND (id <> $2 OR state IN ('training', 'trained')))
    """
    await db.execute(query, token_hex(8), voice_id, fish_id, now)
    db.wakes(Work.REMOVAL)


async def add_tag(db: Session, voice_id: str, tag: str, *, now: int, look_until: int) -> None:
    query = "INSERT INTO removal (id, voice_id, tag, look_until, next_attempt_at) VALUES ($1, $2, $3, $4, $5)"
    await db.execute(query, token_hex(8), voice_id, tag, look_until, now)
    db.wakes(Work.REMOVAL)


async def add_all(db: Session, voice: Voice, *, now: int, look_until: int) -> None:
    """Queue the deletion of everything that Fish Audio has, or may have, of a voice."""
    if voice.fish_id:
        await add_voice(db, voice.id, voice.fish_id, now=now)
    if voice.tag:
        await add_tag(db, voice.id, voice.tag, now=now, look_until=look_until)


async def drop_finished_voice(db: Session, voice_id: str) -> None:
    """Delete the row of a deleted voice, unless something of it may still be at Fish Audio."""
    query = """
        DELETE FROM voice WHERE id = $1 AND state = 'deleting'
        AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.voice_id = voice.id)
    """
    await db.execute(query, voice_id)


QUEUE = Queue(table="removal")


class RemovalStore(Store):
    @writes
    async def add(self, db: Session, voice_id: str, fish_ids: list[str], *, now: int) -> None:
        for fish_id in fish_ids:
            await add_voice(db, voice_id, fish_id, now=now)

    @writes
    async def claim(self, db: Session, *, now: int, until: int, most: int) -> list[Removal]:
        """Claim up to `most` due removals; other processes do not get them until `until`."""
        rows = await QUEUE.claim(db, now=now, until=until, most=most)
        return [_removal(row) for row in rows]

    @writes
    async def put_off(self, db: Session, removal: Removal, *, pause: int, next_attempt_at: int) -> None:
        query = "UPDATE removal SET pause = $2, next_attempt_at = $3 WHERE id = $1"
        await db.execute(query, removal.id, pause, next_attempt_at)

    @writes
    async def fail(
        self, db: Session, removal: Removal, *, now: int, pause: int, next_attempt_at: int, looks_missing: bool
    ) -> None:
        """Try again later, and note since when it fails; `looks_missing` if the answers were of a foreign form."""
        query = """
            UPDATE removal SET pause = $2, next_attempt_at = $3, failing_since = COALESCE(failing_since, $4),
                               missing_since = CASE WHEN $5 = 0 THEN NULL ELSE COALESCE(missing_since, $4) END
            WHERE id = $1
        """
        await db.execute(query, removal.id, pause, next_attempt_at, now, looks_missing)

    @writes
    async def keep_claim(self, db: Session, removal: Removal, until: int) -> None:
        await db.execute("UPDATE removal SET next_attempt_at = $2 WHERE id = $1", removal.id, until)

    @writes
    async def finish(self, db: Session, removal: Removal) -> None:
        await db.execute("DELETE FROM removal WHERE id = $1", removal.id)
        await drop_finished_voice(db, removal.voice_id)
        db.wakes(Work.ERASURES)

    @writes
    async def try_all_now(self, db: Session, now: int) -> None:
        await db.execute("UPDATE removal SET next_attempt_at = $1 WHERE next_attempt_at > $1", now)

    @reads
    async def next_due(self, db: Session) -> int | None:
        return await QUEUE.next_due(db)


def _removal(row: Row) -> Removal:
    return Removal(
        id=row["id"],
        voice_id=row["voice_id"],
        fish_id=row["fish_id"],
        tag=row["tag"],
        look_until=row["look_until"],
        pause=row["pause"],
        missing_since=row["missing_since"],
        failing_since=row["failing_since"],
    )
