"""The tables `sample` and `further_clip`: recordings, each with the moment until which it may be kept."""

from bot.clock import DAY
from bot.models.samples import Clip, Sample
from bot.storage.engine.database import Session

SAMPLE_KEPT = DAY  # from its upload on, in every case; `docs/privacy.md` promises it


async def keep(db: Session, voice_id: str, sample: Sample, *, now: int) -> None:
    """Store a sample that has just come in; it replaces an older one of the same voice."""
    query = """
        INSERT INTO sample (voice_id, filename, data, keep_until) VALUES ($1, $2, $3, $4)
        ON CONFLICT (voice_id)
        DO UPDATE SET filename = excluded.filename, data = excluded.data, keep_until = excluded.keep_until
    """
    await db.execute("DELETE FROM excerpt WHERE voice_id = $1", voice_id)
    await db.execute("DELETE FROM further_clip WHERE voice_id = $1", voice_id)
    first, *further = sample.clips
    await db.execute(query, voice_id, first.filename, first.data, now + SAMPLE_KEPT)
    for number, clip in enumerate(further, start=2):
        query = "INSERT INTO further_clip (voice_id, number, filename, data) VALUES ($1, $2, $3, $4)"
        await db.execute(query, voice_id, number, clip.filename, clip.data)


async def read(db: Session, voice_id: str) -> Sample | None:
    """Return the sample of a voice; None if it is deleted."""
    query = """
        SELECT 1 AS number, filename, data FROM sample WHERE voice_id = $1
        UNION ALL SELECT number, filename, data FROM further_clip WHERE voice_id = $1
        ORDER BY number
    """
    rows = await db.fetch_all(query, voice_id)
    clips = tuple(Clip(filename=row["filename"], data=bytes(row["data"])) for row in rows)
    return Sample(clips) if clips else None
