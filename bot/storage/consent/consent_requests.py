"""The `request` and `asking` tables: who is asked for their voice, and how earlier questions ended."""

from dataclasses import dataclass
from secrets import token_hex

from bot.models.common import Work
from bot.models.consent import Cloning, ConsentRequest
from bot.models.members import NoticeKind
from bot.models.samples import Sample
from bot.models.voices import Voice
from bot.storage.common import outbox, samples
from bot.storage.common.voice_rows import voice_of
from bot.storage.consent import sentences
from bot.storage.engine.database import Guard, Row, Session
from bot.storage.engine.store import Store, reads, writes


class NotToBeAsked(Exception):
    """The speaker was asked lately, refused too often, or refuses all questions."""


class TooManyAsked(Exception):
    """The owner has asked as many people lately as anybody may."""


class NoRecording(Exception):
    """The sample is not kept any more, and no recording was given in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingLimits:
    """How often a member may ask for others' voices. Times are milliseconds since 1970."""

    again_from: int  # an unanswered question prevents the next to the same person until it is older than this
    most_refusals: int
    counted_from: int
    most_questions: int  # by one owner since `counted_from`


@dataclass(frozen=True, slots=True)
class Asking:
    """How one member's questions to another ended."""

    asked_at: int | None = None  # the last question that was not answered
    refusals: int = 0


class ConsentRequestStore(Store):
    @writes
    async def open(
        self,
        db: Session,
        voice_id: str,
        pair: str,
        asker: str,
        *,
        guard: Guard,
        now: int,
        expires_at: int,
        wording: str,
        limits: AskingLimits,
    ) -> Voice | None:
        """Open a question to the person who is heard in a draft.

        Returns None if the draft is gone, too old, or has a question already.

        `pair` and `asker` are pseudonyms, `wording` is what the person is to agree to. Raises NotToBeAsked,
        TooManyAsked, or what `guard` raises.
        """
        await guard(db)
        query = """
            UPDATE voice SET next_attempt_at = $3, since = $2
            WHERE id = $1 AND state = 'draft' AND next_attempt_at > $2 AND speaker_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM request WHERE request.voice_id = voice.id) RETURNING *
        """
        row = await db.fetch_one(query, voice_id, now, expires_at)
        if row is None:
            return None
        voice = voice_of(row)
        await _note_asking(db, voice, pair, asker, now=now, limits=limits)
        query = """
            INSERT INTO request (id, voice_id, owner_id, speaker_id, guild_id, asked_at, expires_at, wording)
            SELECT $1, id, owner_id, speaker_id, guild_id, $3, $4, $5 FROM voice WHERE id = $2
        """
        await db.execute(query, token_hex(8), voice.id, now, expires_at, wording)
        await outbox.add_request(db, voice.id, now=now)
        return voice

    @writes
    async def approve(
        self,
        db: Session,
        voice_id: str,
        speaker_id: int,
        pair: str,
        *,
        recording: Sample | None,
        guard: Guard,
        now: int,
    ) -> Voice | None:
        """Queue a voice with the consent of the person who is heard. Returns None if the question is over.

        `recording` replaces a sample that is deleted. Raises NoRecording if there is neither, or what `guard` raises.
        """
        await guard(db)
        await _lock(db, voice_id)
        query = "DELETE FROM request WHERE voice_id = $1 AND speaker_id = $2 AND expires_at > $3 RETURNING wording"
        request = await db.fetch_one(query, voice_id, speaker_id, now)
        if request is None:
            return None
        if recording is not None:
            await samples.keep(db, voice_id, recording, now=now)
        query = """
            UPDATE voice SET state = 'queued', since = $2, next_attempt_at = $2
            WHERE id = $1 AND state = 'draft'
            AND EXISTS (SELECT 1 FROM sample WHERE sample.voice_id = voice.id AND keep_until > $2) RETURNING *
        """
        row = await db.fetch_one(query, voice_id, now)
        if row is None:
            raise NoRecording
        query = "INSERT INTO consent (voice_id, member_id, wording, given_at) VALUES ($1, $2, $3, $4)"
        await db.execute(query, voice_id, speaker_id, request["wording"], now)
        await db.execute("UPDATE asking SET asked_at = NULL WHERE pair = $1", pair)
        await _end_question(db, voice_id)
        db.wakes(Work.CREATION)
        return voice_of(row)

    @writes
    async def close(
        self,
        db: Session,
        request: ConsentRequest,
        pair: str,
        reason: str,
        *,
        refused: bool,
        now: int,
        end_of_update: str | None = None,
    ) -> bool:
        """End a request without consent, and have the owner told. Returns False if it was ended already.

        The sample is deleted at once. `refused` counts a refusal between this pair of members. With `end_of_update`
        this was a new sample for a voice, which goes; the owner is told this text.
        """
        await _lock(db, request.voice_id)
        if not await db.execute("DELETE FROM request WHERE id = $1", request.id):
            return False
        query = """
            UPDATE voice SET state = 'failed', reason = $2, transcript = NULL, since = $3, next_attempt_at = NULL
            WHERE id = $1 AND state = 'draft'
        """
        await db.execute(query, request.voice_id, reason, now)
        await db.execute("DELETE FROM sample WHERE voice_id = $1", request.voice_id)
        db.wipes()
        await sentences.take(db, request.voice_id)
        query = "UPDATE asking SET asked_at = NULL, refusals = refusals + $2 WHERE pair = $1"
        await db.execute(query, pair, refused)
        await _end_question(db, request.voice_id)
        if end_of_update is not None:
            await db.execute("DELETE FROM voice WHERE id = $1", request.voice_id)
            await outbox.add_news(db, request.owner_id, end_of_update, now=now, about_id=request.speaker_id)
            return True
        await outbox.add_outcome(db, request.voice_id, NoticeKind.FAILED, now=now, privately=True)
        return True

    @reads
    async def of_voice(self, db: Session, voice_id: str) -> ConsentRequest | None:
        row = await db.fetch_one("SELECT * FROM request WHERE voice_id = $1", voice_id)
        return _request(row) if row else None

    @reads
    async def asked_of(self, db: Session, speaker_id: int) -> list[Voice]:
        """Return the drafts about which a person is asked and has not answered, oldest question first."""
        query = """
            SELECT voice.* FROM voice JOIN request ON request.voice_id = voice.id
            WHERE request.speaker_id = $1 ORDER BY request.asked_at, voice.id
        """
        return [voice_of(row) for row in await db.fetch_all(query, speaker_id)]

    @reads
    async def unwanted(self, db: Session, now: int) -> list[ConsentRequest]:
        """Return the requests whose time is over, and those to people who refuse all questions."""
        query = """
            SELECT * FROM request WHERE expires_at <= $1
            OR EXISTS (SELECT 1 FROM preference WHERE member_id = request.speaker_id AND cloning = 'never')
        """
        return [_request(row) for row in await db.fetch_all(query, now)]

    @reads
    async def undelivered(self, db: Session, asked_before: int) -> list[ConsentRequest]:
        """Return the requests older than `asked_before` that were never delivered."""
        query = """
            SELECT * FROM request WHERE asked_at <= $1 AND NOT EXISTS (
                SELECT 1 FROM notice
                WHERE notice.voice_id = request.voice_id AND kind = 'request' AND sent_at IS NOT NULL
            )
        """
        return [_request(row) for row in await db.fetch_all(query, asked_before)]

    @reads
    async def asking(self, db: Session, pair: str) -> Asking:
        row = await db.fetch_one("SELECT asked_at, refusals FROM asking WHERE pair = $1", pair)
        return Asking(row["asked_at"], row["refusals"]) if row else Asking()

    @writes
    async def forget_askings(self, db: Session, before: int) -> None:
        """Delete the records of questions that prevent no further question."""
        await db.execute("DELETE FROM asking WHERE refusals = 0 AND put_at <= $1", before)

    @reads
    async def cloning(self, db: Session, member_id: int) -> Cloning:
        row = await db.fetch_one("SELECT cloning FROM preference WHERE member_id = $1", member_id)
        return Cloning(row["cloning"]) if row else Cloning.ASK

    @writes
    async def set_cloning(self, db: Session, member_id: int, choice: Cloning) -> None:
        query = """
            INSERT INTO preference (member_id, cloning) VALUES ($1, $2)
            ON CONFLICT (member_id) DO UPDATE SET cloning = excluded.cloning
        """
        await db.execute(query, member_id, choice.value)


async def _lock(db: Session, voice_id: str) -> None:
    """Lock the voice first, as deletions do: two orders of locks could end in a deadlock on PostgreSQL."""
    await db.execute("UPDATE voice SET since = since WHERE id = $1", voice_id)


async def _note_asking(db: Session, voice: Voice, pair: str, asker: str, *, now: int, limits: AskingLimits) -> None:
    """Record that somebody is asked, if they may be. Raises NotToBeAsked or TooManyAsked."""
    query = "SELECT 1 AS never FROM preference WHERE member_id = $1 AND cloning = 'never'"
    if await db.fetch_one(query, voice.speaker_id) is not None:
        raise NotToBeAsked
    query = """
        INSERT INTO asking (pair, asker, put_at, asked_at) VALUES ($1, $2, $3, $3)
        ON CONFLICT (pair) DO UPDATE SET put_at = excluded.put_at, asked_at = excluded.asked_at
        WHERE asking.refusals < $5 AND (asking.asked_at IS NULL OR asking.asked_at <= $4)
    """
    if not await db.execute(query, pair, asker, now, limits.again_from, limits.most_refusals):
        raise NotToBeAsked
    query = "SELECT COUNT(*) AS questions FROM asking WHERE asker = $1 AND put_at >= $2"
    counted = await db.fetch_one(query, asker, limits.counted_from)
    if counted is not None and counted["questions"] > limits.most_questions:
        raise TooManyAsked


async def _end_question(db: Session, voice_id: str) -> None:
    """Delete the notice of a question that has ended."""
    await db.execute("DELETE FROM notice WHERE voice_id = $1 AND kind = 'request'", voice_id)


def _request(row: Row) -> ConsentRequest:
    return ConsentRequest(
        id=row["id"],
        voice_id=row["voice_id"],
        owner_id=row["owner_id"],
        speaker_id=row["speaker_id"],
        guild_id=row["guild_id"],
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        wording=row["wording"],
    )
