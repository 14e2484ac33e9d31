"""The `one_off` table: recordings in whose voices one text is to be said. A member has one at a time."""

from bot.models.speech import OneOff
from bot.storage.consent import sentences
from bot.storage.engine.database import Guard, Session
from bot.storage.engine.store import Store, reads, writes
from bot.storage.voices.voices import SentenceUsed


class OneOffStore(Store):
    @writes
    async def keep(self, db: Session, one_off: OneOff, *, guard: Guard, sentence_id: str | None) -> None:
        """Store a recording in place of the member's earlier one. The sentence that was heard in it is used up.

        Raises SentenceUsed, or what `guard` raises.
        """
        await guard(db)
        if sentence_id is not None and not await sentences.spend(db, sentence_id):
            raise SentenceUsed
        if await db.execute("DELETE FROM one_off WHERE member_id = $1", one_off.member_id):
            db.wipes()
        query = """
            INSERT INTO one_off (member_id, id, guild_id, data, transcript, spoken, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
        """
        await db.execute(
            query,
            one_off.member_id,
            one_off.id,
            one_off.guild_id,
            one_off.wav,
            one_off.transcript,
            int(one_off.is_spoken),
            one_off.expires_at,
        )

    @reads
    async def by_id(self, db: Session, id_: str, *, now: int) -> OneOff | None:
        row = await db.fetch_one("SELECT * FROM one_off WHERE id = $1 AND expires_at > $2", id_, now)
        if row is None:
            return None
        return OneOff(
            id=row["id"],
            member_id=row["member_id"],
            guild_id=row["guild_id"],
            wav=bytes(row["data"]),
            transcript=row["transcript"],
            is_spoken=bool(row["spoken"]),
            expires_at=row["expires_at"],
        )

    @reads
    async def is_kept(self, db: Session, id_: str) -> bool:
        return await is_kept(db, id_)

    @writes
    async def note_transcript(self, db: Session, id_: str, transcript: str) -> None:
        await db.execute("UPDATE one_off SET transcript = $2 WHERE id = $1", id_, transcript)

    @writes
    async def drop(self, db: Session, id_: str, member_id: int) -> bool:
        """Delete a member's recording. Returns False if it was gone."""
        dropped = await db.execute("DELETE FROM one_off WHERE id = $1 AND member_id = $2", id_, member_id)
        if dropped:
            db.wipes()
        return dropped > 0

    @writes
    async def drop_old(self, db: Session, now: int) -> None:
        if await db.execute("DELETE FROM one_off WHERE expires_at <= $1", now):
            db.wipes()


async def is_kept(db: Session, id_: str) -> bool:
    """Return True while a recording has been neither deleted nor erased."""
    return await db.fetch_one("SELECT id FROM one_off WHERE id = $1", id_) is not None
