"""The `voice` table from queued to trained or failed. Every change is conditional, so only one process can win."""

from bot.models.common import Blocker, Work
from bot.models.members import NoticeKind
from bot.models.voices import PendingTraining, Voice, VoiceState
from bot.storage.common import outbox
from bot.storage.common.voice_rows import voice_of
from bot.storage.consent import sentences
from bot.storage.engine.database import Guard, Session
from bot.storage.engine.queue import Queue
from bot.storage.engine.store import Store, reads, writes
from bot.storage.voices import removals, updates

QUEUES = {
    VoiceState.QUEUED: Queue(table="voice", condition="state = 'queued'"),
    VoiceState.TRAINING: Queue(table="voice", condition="state = 'training'"),
}


class FishIdTaken(Exception):
    """Fish Audio answered a creation with the id of another voice here."""


class TrainingStore(Store):
    @writes
    async def claim(self, db: Session, state: VoiceState, *, now: int, until: int, most: int) -> list[Voice]:
        """Claim up to `most` due voices of a state; other processes do not get them until `until`."""
        rows = await QUEUES[state].claim(db, now=now, until=until, most=most)
        return [voice_of(row) for row in rows]

    @writes
    async def claim_trainings(self, db: Session, *, now: int, due_before: int, until: int) -> list[PendingTraining]:
        """If a training is due, claim all that are due before `due_before`; other processes wait until `until`."""
        query = f"""
            UPDATE voice SET next_attempt_at = $1 WHERE id IN (
                SELECT id FROM voice WHERE state = 'training' AND next_attempt_at <= $2
                AND EXISTS (SELECT 1 FROM voice AS due WHERE due.state = 'training' AND due.next_attempt_at <= $3)
                {db.due_lock}
            ) RETURNING id, fish_id, since
        """
        rows = await db.fetch_all(query, until, due_before, now)
        return [PendingTraining(voice_id=row["id"], fish_id=row["fish_id"] or "", since=row["since"]) for row in rows]

    @writes
    async def put_off_claimed(
        self, db: Session, until: int, *, next_attempt_at: int, blocker: Blocker | None = None
    ) -> None:
        """Ask again later about the trainings that were claimed until `until` and still go on."""
        query = "UPDATE voice SET next_attempt_at = $2, held_for = $3 WHERE state = 'training' AND next_attempt_at = $1"
        await db.execute(query, until, next_attempt_at, blocker.value if blocker else None)

    @reads
    async def next_due(self, db: Session, state: VoiceState) -> int | None:
        return await QUEUES[state].next_due(db)

    @reads
    async def is_queued(self, db: Session, voice_id: str) -> bool:
        """Return True while a voice waits to be sent, with the recording that it is made from."""
        query = """
            SELECT voice.id FROM voice JOIN sample ON sample.voice_id = voice.id
            WHERE voice.id = $1 AND state = 'queued'
        """
        return await db.fetch_one(query, voice_id) is not None

    @writes
    async def put_off(
        self, db: Session, voice: Voice, *, next_attempt_at: int, pause: int, blocker: Blocker | None = None
    ) -> None:
        """Plan the next try for a voice, if its state has not changed."""
        query = "UPDATE voice SET next_attempt_at = $3, pause = $4, held_for = $5 WHERE id = $1 AND state = $2"
        blocked_by = blocker.value if blocker else None
        await db.execute(query, voice.id, voice.state.value, next_attempt_at, pause, blocked_by)

    @writes
    async def keep_claim(self, db: Session, voice: Voice, until: int) -> None:
        query = "UPDATE voice SET next_attempt_at = $3 WHERE id = $1 AND state = $2"
        await db.execute(query, voice.id, voice.state.value, until)

    @writes
    async def try_all_now(self, db: Session, now: int) -> None:
        """Make due what waits for a key, for credit or for its next question; called at start.

        A creation that was being sent when its process died counts as sent just now.
        """
        query = """
            UPDATE voice SET next_attempt_at = $1, held_for = NULL
            WHERE next_attempt_at > $1 AND (state = 'training' OR held_for IS NOT NULL)
        """
        await db.execute(query, now)
        if db.is_alone:
            query = """
                UPDATE voice SET next_attempt_at = $1, tag_sent_at = CASE WHEN tag IS NULL THEN NULL ELSE $1 END
                WHERE state = 'queued' AND next_attempt_at > $1
            """
            await db.execute(query, now)

    @writes
    async def begin_attempt(self, db: Session, voice: Voice, tag: str, *, now: int, look_until: int) -> bool:
        """Record the tag of a creation before it is sent. Returns False if this process must not send it any more.

        The tag of an earlier attempt is looked for until `look_until`, in case its voice still appears.
        """
        query = """
            UPDATE voice SET tag = $3, tag_sent_at = $4, held_for = NULL
            WHERE id = $1 AND state = 'queued' AND (tag = $2 OR (tag IS NULL AND $2 IS NULL))
        """
        if not await db.execute(query, voice.id, voice.tag, tag, now):
            return False
        if voice.tag:
            await removals.add_tag(db, voice.id, voice.tag, now=now, look_until=look_until)
        return True

    @writes
    async def end_attempt(
        self, db: Session, voice_id: str, tag: str, *, next_attempt_at: int, pause: int, blocker: Blocker | None = None
    ) -> None:
        """Record that an attempt surely made nothing, and when the next one may be made."""
        query = """
            UPDATE voice SET tag = NULL, tag_sent_at = NULL, next_attempt_at = $3, pause = $4, held_for = $5
            WHERE id = $1 AND state = 'queued' AND tag = $2
        """
        await db.execute(query, voice_id, tag, next_attempt_at, pause, blocker.value if blocker else None)

    @writes
    async def leave_attempt_open(self, db: Session, voice_id: str, tag: str, *, now: int, pause: int) -> None:
        """Record that an attempt ended with an unknown outcome; from `now` on its voice can be looked for.

        `pause` is the least wait before the next attempt, in milliseconds.
        """
        query = """
            UPDATE voice SET tag_sent_at = $3, next_attempt_at = $3, pause = $4
            WHERE id = $1 AND state = 'queued' AND tag = $2
        """
        await db.execute(query, voice_id, tag, now, pause)

    @writes
    async def begin_training(
        self, db: Session, voice_id: str, tag: str, *, fish_id: str, now: int, next_attempt_at: int
    ) -> bool:
        """Record that Fish Audio has the voice. Returns False if it was deleted or a later attempt took over.

        Raises FishIdTaken, and changes nothing, if another voice here has `fish_id`, or one that is being deleted.
        """
        query = """
            SELECT 1 AS taken FROM voice WHERE fish_id = $1 AND id <> $2
            UNION SELECT 1 AS taken FROM removal WHERE fish_id = $1
        """
        if await db.fetch_one(query, fish_id, voice_id):
            raise FishIdTaken
        query = """
            UPDATE voice SET state = 'training', fish_id = $3, tag = NULL, tag_sent_at = NULL, since = $4,
                             pause = 0, next_attempt_at = $5, held_for = NULL
            WHERE id = $1 AND state = 'queued' AND tag = $2
        """
        db.wakes(Work.TRAINING)
        return await db.execute(query, voice_id, tag, fish_id, now, next_attempt_at) > 0

    @writes
    async def finish(self, db: Session, voice_id: str, *, now: int) -> bool:
        """End a training well: delete the sample, have those who control it told, and make a first voice their default.

        A new sample is taken over by its voice. Returns False if the voice was not training any more.
        """
        update = await db.fetch_one("SELECT replaces FROM voice WHERE id = $1 AND replaces IS NOT NULL", voice_id)
        if update is not None:
            return await updates.take_over(db, voice_id, update["replaces"], now=now)
        query = """
            UPDATE voice SET state = 'trained', reason = NULL, transcript = NULL, since = $2,
                             next_attempt_at = NULL, held_for = NULL, pause = 0
            WHERE id = $1 AND state = 'training' RETURNING owner_id
        """
        row = await db.fetch_one(query, voice_id, now)
        if row is None:
            return False
        await db.execute("DELETE FROM sample WHERE voice_id = $1", voice_id)
        db.wipes()
        await outbox.add_outcome(db, voice_id, NoticeKind.TRAINED, now=now)
        await outbox.add_ready_for_speaker(db, voice_id, now=now)
        query = """
            INSERT INTO preference (member_id, default_voice_id) VALUES ($1, $2)
            ON CONFLICT (member_id) DO UPDATE SET default_voice_id = excluded.default_voice_id
            WHERE preference.default_voice_id IS NULL
        """
        await db.execute(query, row["owner_id"], voice_id)
        return True

    @writes
    async def fail(
        self,
        db: Session,
        voice: Voice,
        reason: str,
        *,
        now: int,
        news: str | None = None,
        end_of_update: str | None = None,
        for_good: bool = False,
    ) -> bool:
        """Mark a voice as failed and have it deleted at Fish Audio. Returns False if its state has changed.

        `news` is told to the person who is heard, if that is not the owner. With `end_of_update`, the row is a new
        sample: it is deleted instead, and the owner is told that text. `for_good` deletes the voice's sample too, so
        that nothing can be made from it any more.
        """
        if end_of_update is not None:
            return await updates.fail(db, voice, now=now, look_until=None, told=end_of_update, told_to_speaker=news)
        query = """
            UPDATE voice SET state = 'failed', reason = $3, since = $4, fish_id = NULL, tag = NULL,
                             tag_sent_at = NULL, next_attempt_at = NULL, held_for = NULL, pause = 0
            WHERE id = $1 AND state = $2 AND (fish_id = $5 OR (fish_id IS NULL AND $5 IS NULL)) RETURNING id
        """
        if await db.fetch_one(query, voice.id, voice.state.value, reason, now, voice.fish_id) is None:
            return False
        if voice.state is VoiceState.TRAINED or for_good:
            db.wakes(Work.SHARES)  # nobody can use it any more, nor have its sample imitated
        if for_good:
            await db.execute("UPDATE voice SET transcript = NULL WHERE id = $1", voice.id)
            await db.execute("DELETE FROM sample WHERE voice_id = $1", voice.id)
            db.wipes()
        await outbox.add_outcome(db, voice.id, NoticeKind.FAILED, now=now, privately=voice.speaker_id is not None)
        await outbox.add_news_for_speaker(db, voice.id, news, now=now)
        if voice.fish_id:
            await removals.add_voice(db, voice.id, voice.fish_id, now=now)
        return True

    @writes
    async def retry(self, db: Session, voice_id: str, *, guard: Guard, now: int) -> bool:
        """Queue a failed voice again. Returns False if its sample is gone or it is not failed any more."""
        await guard(db)
        query = """
            UPDATE voice SET state = 'queued', reason = NULL, since = $2, next_attempt_at = $2, pause = 0
            WHERE id = $1 AND state = 'failed'
            AND EXISTS (SELECT 1 FROM sample WHERE voice_id = $1 AND keep_until > $2)
        """
        if not await db.execute(query, voice_id, now):
            return False
        db.wakes(Work.CREATION)
        await db.execute("DELETE FROM notice WHERE voice_id = $1 AND sent_at IS NULL", voice_id)
        return True

    @reads
    async def out_of_time(self, db: Session, now: int) -> list[Voice]:
        """Return the queued voices whose samples may not be kept any longer."""
        query = """
            SELECT voice.* FROM voice WHERE state = 'queued' AND next_attempt_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM sample WHERE sample.voice_id = voice.id AND keep_until > $1)
        """
        return [voice_of(row) for row in await db.fetch_all(query, now)]

    @writes
    async def give_up(
        self,
        db: Session,
        voice: Voice,
        reason: str,
        *,
        now: int,
        look_until: int,
        news: str | None = None,
        end_of_update: str | None = None,
    ) -> bool:
        """Mark a queued voice as failed and delete its sample. Returns False if its state has changed.

        It is also False if another attempt has begun. What the last attempt may still make at Fish Audio is looked for
        until `look_until`. `news` and `end_of_update` are those of `fail`.
        """
        if end_of_update is not None:
            return await updates.fail(
                db, voice, now=now, look_until=look_until, told=end_of_update, told_to_speaker=news
            )
        query = """
            UPDATE voice SET state = 'failed', reason = $3, since = $4, tag = NULL, tag_sent_at = NULL,
                             transcript = NULL, next_attempt_at = NULL, held_for = NULL, pause = 0
            WHERE id = $1 AND state = 'queued' AND (tag = $2 OR (tag IS NULL AND $2 IS NULL))
        """
        if not await db.execute(query, voice.id, voice.tag, reason, now):
            return False
        await db.execute("DELETE FROM sample WHERE voice_id = $1", voice.id)
        db.wipes()
        db.wakes(Work.SHARES)
        await sentences.take(db, voice.id)
        await outbox.add_outcome(db, voice.id, NoticeKind.FAILED, now=now, privately=voice.speaker_id is not None)
        await outbox.add_news_for_speaker(db, voice.id, news, now=now)
        if voice.tag:
            await removals.add_tag(db, voice.id, voice.tag, now=now, look_until=look_until)
        return True
