"""The tables `erasure` and `erasure_voice`: erased members who still wait for their receipt."""

from collections.abc import Callable

from bot.models.common import Work
from bot.models.members import Erasure
from bot.models.voices import Voice
from bot.storage.common import outbox
from bot.storage.common.erased import forget_erased, note_erased
from bot.storage.common.voice_rows import voice_of
from bot.storage.engine.database import Row, Session
from bot.storage.engine.store import Store, reads, writes
from bot.storage.members import personal_data
from bot.storage.voices import removals

_OPEN_REMOVAL = """
    EXISTS (SELECT 1 FROM removal JOIN erasure_voice ON erasure_voice.voice_id = removal.voice_id
            WHERE erasure_voice.member_id = erasure.member_id)
"""


class ErasureStore(Store):
    @writes
    async def erase(
        self,
        db: Session,
        member_id: int,
        pseudonym: str,
        *,
        news: Callable[[Voice], str],
        entry: str,
        now: int,
        look_until: int,
    ) -> bool:
        """Delete everything about a member, and queue the removals at Fish Audio. Returns False if there is nothing.

        From here on, guards refuse the writes of the member's running commands, by their `pseudonym`. `news` writes
        what the owners of voices in which the member is heard are told; `entry` goes to the log of every server with
        which a voice was shared.
        """
        await note_erased(db, pseudonym, now)
        if not await personal_data.is_anything_left(db, member_id):
            return False
        # Before their new samples, in the order of `bot/storage/voices/updates.py`.
        query = "UPDATE voice SET since = since WHERE (owner_id = $1 OR speaker_id = $1) AND replaces IS NULL"
        await db.execute(query, member_id)
        query = """
            UPDATE voice SET state = 'deleting'
            WHERE (owner_id = $1 OR speaker_id = $1) AND state <> 'deleting' RETURNING *
        """
        voices = [voice_of(row) for row in await db.fetch_all(query, member_id)]
        for voice in voices:
            await removals.add_all(db, voice, now=now, look_until=look_until)
            if voice.replaces is not None:  # a new sample, and no voice of its own
                continue
            query = "SELECT DISTINCT guild_id FROM share WHERE voice_id = $1"
            for share in await db.fetch_all(query, voice.id):
                await outbox.add_log_entry(db, share["guild_id"], entry, now=now)
            if voice.owner_id != member_id:
                await outbox.add_news(db, voice.owner_id, news(voice), now=now)
        await _begin(db, member_id, now)
        deleted = await personal_data.delete_all(db, member_id)
        db.wipes()
        db.wakes(Work.ERASURES)
        db.wakes(Work.SHARES)
        query = "UPDATE erasure SET voices = voices + $2, uses = uses + $3 WHERE member_id = $1"
        await db.execute(query, member_id, sum(voice.replaces is None for voice in voices), deleted["utterance"])
        return True

    @writes
    async def forget_erased(self, db: Session, before: int) -> None:
        """Forget who was erased before `before`; no command may run as long as that."""
        await forget_erased(db, before)

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:
        """Overwrite what was deleted on the disk. Returns False if that must be tried again, as the next writes do."""
        return await self.database.wipe(wholly=wholly, again=again)

    @reads
    async def finished(self, db: Session) -> list[Erasure]:
        """Return the erasures of which nothing is left at Fish Audio."""
        query = """
            SELECT erasure.*, (SELECT COUNT(*) FROM erasure_voice WHERE erasure_voice.member_id = erasure.member_id)
                   AS upstream
            FROM erasure WHERE NOT
        """
        return [_erasure(row) for row in await db.fetch_all(query + _OPEN_REMOVAL)]

    @writes
    async def finish(self, db: Session, erasure: Erasure, receipt: str, now: int) -> bool:
        """Have the receipt sent to the member. Returns False if it was, or if there is more to delete again."""
        query = "DELETE FROM erasure WHERE member_id = $1 AND asked_at = $2 AND voices = $3 AND NOT "
        if not await db.execute(query + _OPEN_REMOVAL, erasure.member_id, erasure.asked_at, erasure.voices):
            return False
        await outbox.add_news(db, erasure.member_id, receipt, now=now)
        return True


async def _begin(db: Session, member_id: int, now: int) -> None:
    """Record who gets a receipt, and which voices may be at Fish Audio. Continues an erasure that still runs."""
    query = """
        INSERT INTO erasure (member_id, asked_at, voices, uses) VALUES ($1, $2, 0, 0)
        ON CONFLICT (member_id) DO UPDATE SET asked_at = excluded.asked_at
    """
    await db.execute(query, member_id, now)
    query = """
        INSERT INTO erasure_voice (member_id, voice_id)
        SELECT DISTINCT CAST($1 AS BIGINT), voice.id FROM voice JOIN removal ON removal.voice_id = voice.id
        WHERE voice.owner_id = $1 OR voice.speaker_id = $1
        ON CONFLICT (member_id, voice_id) DO NOTHING
    """
    await db.execute(query, member_id)


def _erasure(row: Row) -> Erasure:
    return Erasure(
        member_id=row["member_id"],
        asked_at=row["asked_at"],
        voices=row["voices"],
        uses=row["uses"],
        upstream=row["upstream"],
    )
