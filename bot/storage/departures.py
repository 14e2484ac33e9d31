"""The `departure` table: names that could be used somewhere and no longer can."""

from bot.models import Cause, Departure, Voice
from bot.storage.database import Database, Row, Session

OWN_USE = 0  # stands in `guild_id` for the owner, wherever they are


async def record_deletion(db: Session, voice: Voice, *, now: int) -> None:
    """Remember a deleted voice for its owner and for every server that it was shared with."""
    shares = await db.fetch_all("SELECT guild_id FROM share WHERE voice_id = $1", voice.id)
    for guild_id in (OWN_USE, *(share["guild_id"] for share in shares)):
        await record(db, voice, guild_id, Cause.DELETED, now=now)


async def record(db: Session, voice: Voice, guild_id: int, cause: Cause, *, now: int) -> None:
    query = """
        INSERT INTO departure (guild_id, owner_id, name_key, voice_id, name, owner_name, cause, departed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (guild_id, owner_id, name_key)
        DO UPDATE SET voice_id = excluded.voice_id, name = excluded.name, owner_name = excluded.owner_name,
                      cause = excluded.cause, departed_at = excluded.departed_at
    """
    await db.execute(
        query,
        guild_id,
        voice.owner_id,
        voice.name.casefold(),
        voice.id,
        voice.name,
        voice.owner_name,
        cause.value,
        now,
    )


class DepartureStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, typed: str, *, member_id: int, guild_id: int | None) -> Departure | None:
        """What became of a name, or a voice's id, that this member could use here; their own deletion comes first."""
        async with self._database.reading() as db:
            query = """
                SELECT * FROM departure
                WHERE (name_key = $1 OR voice_id = $4)
                AND ((guild_id = 0 AND owner_id = $2) OR (guild_id <> 0 AND guild_id = $3))
                ORDER BY CASE WHEN guild_id = 0 THEN 0 ELSE 1 END, departed_at DESC LIMIT 1
            """
            row = await db.fetch_one(query, typed.casefold(), member_id, guild_id or OWN_USE, typed)
        return _departure(row) if row else None

    async def forget(self, before: int) -> int:
        async with self._database.writing() as db:
            return await db.execute("DELETE FROM departure WHERE departed_at < $1", before)


def _departure(row: Row) -> Departure:
    return Departure(
        name=row["name"], owner_id=row["owner_id"], owner_name=row["owner_name"], cause=Cause(row["cause"])
    )
