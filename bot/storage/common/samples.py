"""The `sample` table: recordings, each with the moment until which it may be kept."""

from bot.clock import DAY
from bot.models.samples import Sample
from bot.storage.engine.database import Session

SAMPLE_KEPT = DAY  # from its upload on, in every case; `docs/privacy.md` promises it


async def keep(db: Session, voice_id: str, sample: Sample, *, now: int) -> None:
    """Store a recording that has just come in; it replaces an older one of the same voice."""
    query = """
        INSERT INTO sample (voice_id, filename, data, keep_until) VALUES ($1, $2, $3, $4)
        ON CONFLICT (voice_id)
        DO UPDATE SET filename = excluded.filename, data = excluded.data, keep_until = excluded.keep_until
    """
    await db.execute("DELETE FROM excerpt WHERE voice_id = $1", voice_id)
    await db.execute(query, voice_id, sample.filename, sample.data, now + SAMPLE_KEPT)
