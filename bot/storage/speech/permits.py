"""Reads everything that permits a member to use `/say` at once, and once more before the sound is posted."""

from bot.models.speech import SpeechPermit
from bot.storage.common.erased import is_erased_since
from bot.storage.engine.database import Guard, Session
from bot.storage.engine.store import Store, reads
from bot.storage.servers.rules import is_blocked, rules_of
from bot.storage.voices.voices_in_reach import voices_in_reach


class SpeechPermitStore(Store):
    @reads
    async def of(
        self, db: Session, member_id: int, guild_id: int | None, *, pseudonym: str, since: int
    ) -> SpeechPermit:
        """Read a permit; `pseudonym` is the member's, `since` when the command began."""
        return await speech_permit(db, member_id, guild_id, pseudonym=pseudonym, since=since)

    @reads
    async def check(self, db: Session, guard: Guard) -> None:
        """Raise what `guard` raises at this moment."""
        await guard(db)


async def speech_permit(
    db: Session, member_id: int, guild_id: int | None, *, pseudonym: str, since: int, voice_id: str | None = None
) -> SpeechPermit:
    """Read a permit; with `voice_id`, only for that voice."""
    return SpeechPermit(
        rules=None if guild_id is None else await rules_of(db, guild_id),
        is_blocked=guild_id is not None and await is_blocked(db, guild_id, member_id),
        is_erased=await is_erased_since(db, pseudonym, since),
        voices=await voices_in_reach(db, member_id, guild_id, voice_id=voice_id),
    )
