"""The `removal` table: what must go at Fish Audio, and the rows that wait for it."""

from secrets import token_hex

from bot.models import Removal, Voice
from bot.storage.engine.database import Database, Row, Session


async def add_voice(db: Session, voice_id: str, fish_id: str, *, now: int) -> None:
    query = "INSERT INTO removal (id, voice_id, fish_id, next_attempt_at) VALUES ($1, $2, $3, $4)"
    await db.execute(query, token_hex(8), voice_id, fish_id, now)


async def add_tag(db: Session, voice_id: str, tag: str, *, now: int, look_until: int) -> None:
    query = "INSERT INTO removal (id, voice_id, tag, look_until, next_attempt_at) VALUES ($1, $2, $3, $4, $5)"
    await db.execute(query, token_hex(8), voice_id, tag, look_until, now)


async def add_all(db: Session, voice: Voice, *, now: int, look_until: int) -> None:
    """Have everything removed that there is, or may be, of a voice upstream."""
    if voice.fish_id:
        await add_voice(db, voice.id, voice.fish_id, now=now)
    if voice.tag:
        await add_tag(db, voice.id, voice.tag, now=now, look_until=look_until)


async def drop_finished_voice(db: Session, voice_id: str) -> None:
    """Let the row of a deleted voice go, unless something of it is still upstream."""
    query = """
        DELETE FROM voice WHERE id = $1 AND state = 'deleting'
        AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.voice_id = voice.id)
    """
    await db.execute(query, voice_id)


class RemovalStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, voice_id: str, fish_ids: list[str], *, now: int) -> None:
        async with self._database.writing() as db:
            for fish_id in fish_ids:
                await add_voice(db, voice_id, fish_id, now=now)

    async def claim(self, *, now: int, until: int, most: int) -> list[Removal]:
        """Take what is due and keep it from others until `until`."""
        async with self._database.writing() as db:
            query = (
                "UPDATE removal SET next_attempt_at = $1 WHERE id IN (SELECT id FROM removal "
                "WHERE next_attempt_at <= $2 ORDER BY next_attempt_at LIMIT $3"
                + self._database.due_lock
                + ") RETURNING *"
            )
            return [_removal(row) for row in await db.fetch_all(query, until, now, most)]

    async def put_off(self, removal: Removal, *, pause: int, next_attempt_at: int) -> None:
        async with self._database.writing() as db:
            query = "UPDATE removal SET pause = $2, next_attempt_at = $3 WHERE id = $1"
            await db.execute(query, removal.id, pause, next_attempt_at)

    async def finish(self, removal: Removal) -> None:
        async with self._database.writing() as db:
            await db.execute("DELETE FROM removal WHERE id = $1", removal.id)
            await drop_finished_voice(db, removal.voice_id)

    async def try_all_now(self, now: int) -> None:
        async with self._database.writing() as db:
            await db.execute("UPDATE removal SET next_attempt_at = $1 WHERE next_attempt_at > $1", now)

    async def next_due(self) -> int | None:
        async with self._database.reading() as db:
            row = await db.fetch_one("SELECT MIN(next_attempt_at) AS due FROM removal")
        return row["due"] if row else None


def _removal(row: Row) -> Removal:
    return Removal(
        id=row["id"],
        voice_id=row["voice_id"],
        fish_id=row["fish_id"],
        tag=row["tag"],
        look_until=row["look_until"],
        pause=row["pause"],
    )
