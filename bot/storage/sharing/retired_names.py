"""The `departure` table: names that could be used somewhere and no longer can."""

from bot.models.common import Member
from bot.models.sharing import Audience, AudienceKind, Cause, RetiredName
from bot.models.voices import Voice
from bot.storage.engine.database import Row, Session
from bot.storage.engine.store import Store, reads, writes

OWN_USE = 0  # stands in `guild_id` for a controller's own use, wherever they are


async def record_deletion(db: Session, voice: Voice, cause: Cause, *, by_id: int, by_name: str, now: int) -> None:
    """Record the name of a deleted voice for those who control it and for everybody with whom it was shared."""
    for holder_id in {voice.owner_id, voice.heard_id}:
        own_use = Audience(kind=AudienceKind.MEMBER, target_id=holder_id)
        await record(db, voice, OWN_USE, own_use, cause, by_id=by_id, by_name=by_name, now=now)
    query = "SELECT guild_id, audience, target_id FROM share WHERE voice_id = $1"
    for row in await db.fetch_all(query, voice.id):
        await record(db, voice, row["guild_id"], audience_of(row), cause, by_id=by_id, by_name=by_name, now=now)


async def record(
    db: Session, voice: Voice, guild_id: int, audience: Audience, cause: Cause, *, by_id: int, by_name: str, now: int
) -> None:
    query = """
        INSERT INTO departure
            (guild_id, audience, target_id, owner_id, name_key, voice_id, name, by_id, by_name, cause, departed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (guild_id, audience, target_id, owner_id, name_key)
        DO UPDATE SET voice_id = excluded.voice_id, name = excluded.name, by_id = excluded.by_id,
                      by_name = excluded.by_name,
                      cause = excluded.cause, departed_at = excluded.departed_at
    """
    await db.execute(
        query,
        guild_id,
        audience.kind.value,
        audience.target_id,
        voice.owner_id,
        voice.name.casefold(),
        voice.id,
        voice.name,
        by_id,
        by_name,
        cause.value,
        now,
    )


def audience_of(row: Row) -> Audience:
    return Audience(kind=AudienceKind(row["audience"]), target_id=row["target_id"])


class RetiredNameStore(Store):
    @reads
    async def latest(self, db: Session, typed: str, *, member: Member, guild_id: int | None) -> RetiredName | None:
        """Return the retired name for a name or voice id that this member could use here; their own voices first."""
        query = """
            SELECT * FROM departure
            WHERE (name_key = $1 OR voice_id = $2) AND guild_id IN (0, $3)
            ORDER BY CASE WHEN guild_id = 0 THEN 0 ELSE 1 END, departed_at DESC
        """
        rows = await db.fetch_all(query, typed.casefold(), typed, guild_id or OWN_USE)
        return next((_departure(row) for row in rows if audience_of(row).includes(member)), None)

    @writes
    async def forget(self, db: Session, before: int) -> int:
        forgotten = await db.execute("DELETE FROM departure WHERE departed_at < $1", before)
        if forgotten:
            db.wipes()
        return forgotten


def _departure(row: Row) -> RetiredName:
    return RetiredName(
        name=row["name"],
        owner_id=row["owner_id"],
        by_id=row["by_id"],
        by_name=row["by_name"],
        cause=Cause(row["cause"]),
        audience=audience_of(row),
    )
