"""Makes a `Voice` of a row, and a row of a draft, in one place for all stores."""

from bot.models.common import Blocker
from bot.models.voices import Voice, VoiceState
from bot.storage.engine.database import Row, Session


def voice_of(row: Row) -> Voice:
    return Voice(
        id=row["id"],
        owner_id=row["owner_id"],
        owner_name=row["owner_name"],
        name=row["name"],
        state=VoiceState(row["state"]),
        reason=row["reason"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        transcript=row["transcript"],
        fish_id=row["fish_id"],
        tag=row["tag"],
        tag_sent_at=row["tag_sent_at"],
        blocker=Blocker(row["held_for"]) if row["held_for"] else None,
        pause=row["pause"],
        next_attempt_at=row["next_attempt_at"],
        since=row["since"],
        created_at=row["created_at"],
        speaker_id=row["speaker_id"],
        speaker_name=row["speaker_name"],
        imitable_until=row.get("imitable_until"),
        replaces=row["replaces"],
    )


async def insert_draft(db: Session, voice: Voice, *, name_key: str, slot: int) -> None:
    query = """
        INSERT INTO voice (id, owner_id, owner_name, name, name_key, slot, state, guild_id, channel_id, transcript,
                           next_attempt_at, since, created_at, speaker_id, speaker_name, replaces)
        VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12, $13, $14, $15)
    """
    await db.execute(
        query,
        voice.id,
        voice.owner_id,
        voice.owner_name,
        voice.name,
        name_key,
        slot,
        voice.guild_id,
        voice.channel_id,
        voice.transcript,
        voice.next_attempt_at,
        voice.since,
        voice.created_at,
        voice.speaker_id,
        voice.speaker_name,
        voice.replaces,
    )
