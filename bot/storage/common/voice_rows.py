"""Makes a `Voice` of a row, in one place for all stores."""

from bot.models import Blocker, Voice, VoiceState
from bot.storage.engine.database import Row


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
    )
