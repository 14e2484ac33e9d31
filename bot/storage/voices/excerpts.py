"""The `excerpt` table: the part of a sample that is imitated until its voice is trained."""

from typing import LiteralString

from bot.models.samples import Excerpt
from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads, writes


class ExcerptStore(Store):
    @reads
    async def of_voice(self, db: Session, voice_id: str) -> Excerpt | None:
        row = await db.fetch_one("SELECT data, transcript FROM excerpt WHERE voice_id = $1", voice_id)
        return Excerpt(wav=bytes(row["data"]), transcript=row["transcript"]) if row else None

    @reads
    async def is_wanted(self, db: Session, voice_id: str) -> bool:
        """Return True while the sample of a voice is kept."""
        return await db.fetch_one("SELECT voice_id FROM sample WHERE voice_id = $1", voice_id) is not None

    @writes
    async def claim(self, db: Session, voice_id: str, holder: str, *, now: int, until: int) -> bool:
        """Claim the making of an excerpt. Returns False if it is made, somebody makes it, or its sample is gone."""
        await db.execute(_LOCK, voice_id)  # so that the next statement sees what was kept just before
        query = """
            INSERT INTO excerpt_claim (voice_id, holder, claimed_until)
            SELECT voice_id, $2, $3 FROM sample
            WHERE voice_id = $1 AND NOT EXISTS (SELECT 1 FROM excerpt WHERE excerpt.voice_id = sample.voice_id)
            ON CONFLICT (voice_id) DO UPDATE SET holder = excluded.holder, claimed_until = excluded.claimed_until
            WHERE excerpt_claim.claimed_until <= $4
        """
        return await db.execute(query, voice_id, holder, until, now) > 0

    @writes
    async def keep_claim(self, db: Session, voice_id: str, holder: str, until: int) -> None:
        query = "UPDATE excerpt_claim SET claimed_until = $3 WHERE voice_id = $1 AND holder = $2"
        await db.execute(query, voice_id, holder, until)

    @writes
    async def give_up_claim(self, db: Session, voice_id: str, holder: str) -> None:
        await db.execute("DELETE FROM excerpt_claim WHERE voice_id = $1 AND holder = $2", voice_id, holder)

    @writes
    async def keep(self, db: Session, voice_id: str, excerpt: Excerpt) -> bool:
        """Store an excerpt beside its sample. Returns False if the sample is deleted."""
        await db.execute(_LOCK, voice_id)
        if await db.fetch_one("SELECT voice_id FROM sample WHERE voice_id = $1", voice_id) is None:
            return False
        query = """
            INSERT INTO excerpt (voice_id, data, transcript) VALUES ($1, $2, $3) ON CONFLICT (voice_id) DO NOTHING
        """
        await db.execute(query, voice_id, excerpt.wav, excerpt.transcript)
        await db.execute("DELETE FROM excerpt_claim WHERE voice_id = $1", voice_id)
        return True


_LOCK: LiteralString = "UPDATE voice SET since = since WHERE id = $1"  # first, as by deletions
