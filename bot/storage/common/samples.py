"""The `sample` table: recordings, none of which is kept longer than was promised."""

from bot.clock import DAY
from bot.models import Sample
from bot.storage.engine.database import Session

SAMPLE_KEPT = DAY  # from its upload on, whatever becomes of the voice; `docs/privacy.md` promises it


async def keep(db: Session, voice_id: str, sample: Sample, *, now: int) -> None:
    """Keep a recording that has just come in, in place of one whose time is over."""
    query = """
        INSERT INTO sample (voice_id, filename, data, keep_until) VALUES ($1, $2, $3, $4)
        ON CONFLICT (voice_id)
        DO UPDATE SET filename = excluded.filename, data = excluded.data, keep_until = excluded.keep_until
    """
    await db.execute(query, voice_id, sample.filename, sample.data, now + SAMPLE_KEPT)
