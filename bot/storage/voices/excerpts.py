"""The `excerpt` table: the part of a sample that is imitated until its voice is trained."""

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
    async def keep(self, db: Session, voice_id: str, excerpt: Excerpt) -> bool:
        """Store an excerpt beside its sample. Returns False if the sample is deleted."""
        await db.execute("UPDATE voice SET since = since WHERE id = $1", voice_id)  # locked first, as by deletions
        if await db.fetch_one("SELECT voice_id FROM sample WHERE voice_id = $1", voice_id) is None:
            return False
        query = """
            INSERT INTO excerpt (voice_id, data, transcript) VALUES ($1, $2, $3) ON CONFLICT (voice_id) DO NOTHING
        """
        await db.execute(query, voice_id, excerpt.wav, excerpt.transcript)
        return True
