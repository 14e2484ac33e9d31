"""The `utterance` table: which sounds were posted, in whose voice, for whom and where."""

from bot.clock import DAY, day_of
from bot.errors import UserError
from bot.models.sounds import PostAs
from bot.models.speech import Utterance
from bot.storage.common import budgets, outbox
from bot.storage.engine.database import Guard, Row, Session
from bot.storage.engine.store import Store, reads, writes


class UtteranceStore(Store):
    @writes
    async def begin(
        self,
        db: Session,
        utterance: Utterance,
        *,
        charge_id: str | None,
        guard: Guard,
        log: str | None,
        log_not_before: int,
        caption_due: int | None = None,
    ) -> Utterance | UserError:
        """Settle a sound's charge, and record the sound before it is posted if `guard` still permits that.

        The entry in the server's log waits until `log_not_before`. From `caption_due` on, a worker looks if a voice
        message has its caption. If the guard raised an error, returns it: the charge is settled then too, since Fish
        Audio has made the sound, but nothing may be posted.
        """
        if refusal := await budgets.settle_and_ask(db, charge_id, guard):
            return refusal
        entry_id = None
        if log is not None:
            entry_id = await outbox.add_log_entry(
                db, utterance.guild_id, log, now=utterance.made_at, not_before=log_not_before
            )
        query = """
            INSERT INTO utterance (id, made_at, voice_id, voice_name, owner_id, owner_name,
                                   speaker_id, speaker_name, asker_id, asker_name, guild_id, channel_id,
                                   characters, sound_hash, file_hash, message_id, log_entry_id, posted_as)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING *
        """
        row = await db.fetch_one(
            query,
            utterance.id,
            utterance.made_at,
            utterance.voice_id,
            utterance.voice_name,
            utterance.owner_id,
            utterance.owner_name,
            utterance.speaker_id,
            utterance.speaker_name,
            utterance.asker_id,
            utterance.asker_name,
            utterance.guild_id,
            utterance.channel_id,
            utterance.characters,
            utterance.sound_hash,
            utterance.file_hash,
            utterance.message_id,
            entry_id,
            utterance.posted_as.value,
        )
        if caption_due is not None:
            await db.execute("INSERT INTO caption (id, next_attempt_at) VALUES ($1, $2)", utterance.id, caption_due)
        return utterance_of(row) if row else utterance

    @writes
    async def complete(
        self,
        db: Session,
        utterance: Utterance,
        message_id: int,
        *,
        log: str,
        now: int,
        caption_id: int | None = None,
    ) -> None:
        """Record the message with which a sound was posted, and make its log entry due with this sentence.

        `caption_id` is the caption of a voice message, if it is posted too.
        """
        query = "UPDATE utterance SET message_id = $2, caption_id = $3 WHERE id = $1"
        await db.execute(query, utterance.id, message_id, caption_id)
        if caption_id is not None:
            await db.execute("DELETE FROM caption WHERE id = $1", utterance.id)
        if utterance.log_entry_id is not None:
            await outbox.release_log_entry(db, utterance.log_entry_id, log, now=now)

    @writes
    async def withdraw(self, db: Session, utterance: Utterance) -> None:
        """Delete the record and the log entry of a sound that was not posted."""
        await db.execute("DELETE FROM utterance WHERE id = $1", utterance.id)
        if utterance.log_entry_id is not None:
            await outbox.drop_log_entry(db, utterance.log_entry_id)

    @reads
    async def by_id(self, db: Session, utterance_id: str) -> Utterance | None:
        row = await db.fetch_one("SELECT * FROM utterance WHERE id = $1", utterance_id)
        return utterance_of(row) if row else None

    @reads
    async def by_sound(self, db: Session, sound_hash: str) -> Utterance | None:
        query = "SELECT * FROM utterance WHERE sound_hash = $1 ORDER BY made_at DESC LIMIT 1"
        row = await db.fetch_one(query, sound_hash)
        return utterance_of(row) if row else None

    @reads
    async def of_voice(self, db: Session, voice_id: str, *, most: int) -> list[Utterance]:
        """Return the last uses of a voice, newest first."""
        query = "SELECT * FROM utterance WHERE voice_id = $1 ORDER BY made_at DESC, id LIMIT $2"
        return [utterance_of(row) for row in await db.fetch_all(query, voice_id, most)]

    @reads
    async def lately_used(self, db: Session, asker_id: int) -> dict[str, int]:
        """Return by voice id when a member last had that voice speak, as far as their newest uses tell."""
        query = "SELECT voice_id, made_at FROM utterance WHERE asker_id = $1 ORDER BY made_at DESC LIMIT $2"
        rows = await db.fetch_all(query, asker_id, _LAST_USES)
        return {row["voice_id"]: row["made_at"] for row in reversed(rows)}

    @writes
    async def mark_deleted(
        self, db: Session, utterance: Utterance, *, member_id: int, guard: Guard, now: int, log: str
    ) -> bool:
        """Record that the message was deleted, and have that posted in the server's log. False if it was before.

        If `guard` raises, it is recorded without the member who did it, and not logged.
        """
        try:
            await guard(db)
        except UserError:
            query = "UPDATE utterance SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL"
            return await db.execute(query, utterance.id, now) > 0
        query = "UPDATE utterance SET deleted_at = $2, deleted_by = $3 WHERE id = $1 AND deleted_at IS NULL"
        if not await db.execute(query, utterance.id, now, member_id):
            return False
        await outbox.add_log_entry(db, utterance.guild_id, log, now=now)
        return True

    @reads
    async def characters_by_day(
        self, db: Session, *, since: int, asker_id: int | None = None, guild_id: int | None = None
    ) -> dict[str, int]:
        """Return the posted characters per UTC day, such as `2026-11-23`: of a member, of a server, or of both."""
        query = """
            SELECT made_at / $4 AS day, SUM(characters) AS characters FROM utterance
            WHERE made_at >= $1 AND message_id IS NOT NULL
            AND (asker_id = $2 OR $2 = 0) AND (guild_id = $3 OR $3 = 0)
            GROUP BY day ORDER BY day
        """
        rows = await db.fetch_all(query, since, asker_id or _ANY, guild_id or _ANY, DAY)
        return {day_of(row["day"] * DAY): int(row["characters"]) for row in rows}

    @writes
    async def forget(self, db: Session, before: int) -> int:
        forgotten = await db.execute("DELETE FROM utterance WHERE made_at < $1", before)
        if forgotten:
            db.wipes()
        return forgotten


_LAST_USES = 100
_ANY = 0  # no member and no server has this id


def utterance_of(row: Row) -> Utterance:
    return Utterance(
        id=row["id"],
        made_at=row["made_at"],
        voice_id=row["voice_id"],
        voice_name=row["voice_name"],
        owner_id=row["owner_id"],
        owner_name=row["owner_name"],
        speaker_id=row["speaker_id"],
        speaker_name=row["speaker_name"],
        asker_id=row["asker_id"],
        asker_name=row["asker_name"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        characters=row["characters"],
        sound_hash=row["sound_hash"],
        file_hash=row["file_hash"],
        log_entry_id=row["log_entry_id"],
        posted_as=PostAs(row["posted_as"]),
        caption_id=row["caption_id"],
        deleted_at=row["deleted_at"],
    )
