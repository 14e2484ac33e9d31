"""The `voice` table as members see it: drafts, names, defaults and deletions."""

from typing import LiteralString

from bot.models.common import Work
from bot.models.samples import Sample
from bot.models.sharing import Cause
from bot.models.sounds import PostAs
from bot.models.voices import Voice
from bot.storage.common import outbox, samples
from bot.storage.common.voice_rows import insert_draft, voice_of
from bot.storage.consent import sentences
from bot.storage.consent.sentences import SentenceUsed
from bot.storage.engine.database import Conflict, Guard, Session
from bot.storage.engine.store import Store, reads, writes
from bot.storage.sharing import retired_names
from bot.storage.voices import removals, updates


class NameTaken(Exception):
    """The owner has another voice of this name, which a draft cannot replace."""


class NoSlotLeft(Exception):
    """The owner has as many voices as they may have."""


class VoiceStore(Store):
    async def add_draft(
        self, voice: Voice, sample: Sample, *, max_voices: int, guard: Guard, sentence_id: str | None = None
    ) -> None:
        """Store a draft with its sample. It replaces the owner's earlier draft of the same name.

        `max_voices` is how many voices the owner may have, 0 for any number. `sentence_id` names the sentence that was
        heard in the sample; it is used up. Raises NameTaken, NoSlotLeft, SentenceUsed, or what `guard` raises.
        """
        while True:
            try:
                await self._add_draft(voice, sample, max_voices, guard, sentence_id)
            except Conflict:  # another process took the name or the slot meanwhile; the next look sees it
                continue
            return

    @writes
    async def _add_draft(
        self, db: Session, voice: Voice, sample: Sample, max_voices: int, guard: Guard, sentence_id: str | None
    ) -> None:
        await guard(db)
        await _add_draft(db, voice, sample, max_voices)
        if sentence_id is not None and not await sentences.use(db, sentence_id, voice.id):
            raise SentenceUsed

    @reads
    async def slots_taken(self, db: Session, owner_id: int, *, beside: str) -> int:
        """Count the taken slots of an owner, without a draft called `beside`, which a new draft would replace."""
        query = """
            SELECT COUNT(*) AS taken FROM voice
            WHERE owner_id = $1 AND state <> 'deleting' AND replaces IS NULL AND NOT (state = 'draft' AND name_key = $2
            AND NOT EXISTS (SELECT 1 FROM request WHERE request.voice_id = voice.id))
        """
        row = await db.fetch_one(query, owner_id, beside.casefold())
        return row["taken"] if row else 0

    @writes
    async def consent(self, db: Session, voice_id: str, *, wording: str, guard: Guard, now: int) -> Voice | None:
        """Queue a draft of the owner's own voice with their consent. Returns None if none is open."""
        await guard(db)
        query = """
            UPDATE voice SET state = 'queued', since = $2, next_attempt_at = $2
            WHERE id = $1 AND state = 'draft' AND next_attempt_at > $2 AND speaker_id IS NULL RETURNING *
        """
        row = await db.fetch_one(query, voice_id, now)
        if row is None:
            return None
        await db.execute(
            "INSERT INTO consent (voice_id, member_id, wording, given_at, sentence) VALUES ($1, $2, $3, $4, $5)",
            voice_id,
            row["owner_id"],
            wording,
            now,
            await sentences.take(db, voice_id),
        )
        db.wakes(Work.CREATION)
        return voice_of(row)

    @writes
    async def cancel_draft(self, db: Session, voice_id: str) -> bool:
        db.wipes()
        return await db.execute("DELETE FROM voice WHERE id = $1 AND state = 'draft'", voice_id) > 0

    @writes
    async def drop_old_drafts(self, db: Session, now: int) -> int:
        """Delete drafts whose time is over, except those that wait for the person who is heard."""
        query = """
            DELETE FROM voice WHERE state = 'draft' AND next_attempt_at <= $1
            AND NOT EXISTS (SELECT 1 FROM request WHERE request.voice_id = voice.id)
        """
        dropped = await db.execute(query, now)
        if dropped:
            db.wipes()
        return dropped

    @writes
    async def drop_old_samples(self, db: Session, now: int) -> None:
        """Delete samples whose time is over, and their transcripts."""
        if await db.execute("DELETE FROM sample WHERE keep_until <= $1", now):
            db.wipes()
        query = """
            UPDATE voice SET transcript = NULL WHERE transcript IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM sample WHERE sample.voice_id = voice.id)
        """
        await db.execute(query)

    @reads
    async def by_id(self, db: Session, voice_id: str) -> Voice | None:
        row = await db.fetch_one("SELECT * FROM voice WHERE id = $1", voice_id)
        return voice_of(row) if row else None

    @reads
    async def sample(self, db: Session, voice_id: str) -> Sample | None:
        return await samples.read(db, voice_id)

    @reads
    async def sample_kept_until(self, db: Session, voice_id: str, now: int) -> int | None:
        """Return until when a voice's sample is kept; None if it is deleted or its time is over."""
        query = "SELECT keep_until FROM sample WHERE voice_id = $1 AND keep_until > $2"
        row = await db.fetch_one(query, voice_id, now)
        return row["keep_until"] if row else None

    @reads
    async def controlled(self, db: Session, voice_id: str, member_id: int) -> Voice | None:
        """Return the voice if this member controls it and it is not being deleted; for a new sample, its voice."""
        query = CONTROLLED + "AND id = COALESCE((SELECT replaces FROM voice WHERE id = $2), $2)"
        row = await db.fetch_one(query, member_id, voice_id)
        return voice_of(row) if row else None

    async def rename(self, voice_id: str, name: str) -> Voice | None:
        """Give a voice another name. Returns None if it is gone. Raises NameTaken."""
        try:
            return await self._rename(voice_id, name)
        except Conflict:
            raise NameTaken from None

    @writes
    async def _rename(self, db: Session, voice_id: str, name: str) -> Voice | None:
        query = "UPDATE voice SET name = $2, name_key = $3 WHERE id = $1 AND state <> 'deleting' RETURNING *"
        row = await db.fetch_one(query, voice_id, name, name.casefold())
        query = "UPDATE voice SET name = $2 WHERE replaces = $1 AND state <> 'deleting'"  # its new sample
        await db.execute(query, voice_id, name)
        db.wakes(Work.SHARES)
        return voice_of(row) if row else None

    @writes
    async def note_name(self, db: Session, member_id: int, name: str) -> None:
        """Write a member's present name into the voices that they own or are heard in."""
        query = "UPDATE voice SET owner_name = $2 WHERE owner_id = $1 AND owner_name <> $2"
        if await db.execute(query, member_id, name):
            db.wakes(Work.SHARES)
        query = "UPDATE voice SET speaker_name = $2 WHERE speaker_id = $1 AND speaker_name <> $2"
        await db.execute(query, member_id, name)

    @writes
    async def set_default(
        self,
        db: Session,
        member_id: int,
        voice_id: str,
        *,
        guild_id: int | None,
        guard: Guard,
        post_as: PostAs | None = None,
    ) -> bool:
        """Make a voice a member's default everywhere. Returns False if it is not trained any more.

        A default of its own that they have in `guild_id` is deleted. `post_as` is remembered if it is given. Raises
        what `guard` raises.
        """
        await guard(db)
        query = """
            INSERT INTO preference (member_id, default_voice_id)
            SELECT CAST($1 AS BIGINT), id FROM voice WHERE id = $2 AND state = 'trained'
            ON CONFLICT (member_id) DO UPDATE SET default_voice_id = excluded.default_voice_id
        """
        if not await db.execute(query, member_id, voice_id):
            return False
        if guild_id is not None:
            query = "DELETE FROM server_default WHERE member_id = $1 AND guild_id = $2"
            await db.execute(query, member_id, guild_id)
        await _remember(db, member_id, post_as)
        return True

    @writes
    async def set_default_in(
        self,
        db: Session,
        guild_id: int,
        member_id: int,
        voice_id: str,
        *,
        guard: Guard,
        post_as: PostAs | None = None,
    ) -> bool:
        """Make a voice a member's default in one server. Returns False if it is not trained any more.

        `post_as` is remembered for all servers if it is given. Raises what `guard` raises.
        """
        await guard(db)
        query = """
            INSERT INTO server_default (member_id, guild_id, voice_id)
            SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), id FROM voice WHERE id = $3 AND state = 'trained'
            ON CONFLICT (member_id, guild_id) DO UPDATE SET voice_id = excluded.voice_id
        """
        if not await db.execute(query, member_id, guild_id, voice_id):
            return False
        await _remember(db, member_id, post_as)
        return True

    @writes
    async def delete(
        self,
        db: Session,
        voice_id: str,
        cause: Cause,
        *,
        by_id: int,
        by_name: str,
        entry: str,
        now: int,
        look_until: int,
        news: str | None = None,
    ) -> Voice | None:
        """Hide a voice at once and queue its removals at Fish Audio. Returns None if it was being deleted already.

        The row is deleted with the last of these removals, or now if there are none. `entry` goes to the log of every
        server with which the voice was shared, `news` to the owner.
        """
        query = """
            UPDATE voice SET state = 'deleting', since = $2, next_attempt_at = NULL
            WHERE id = $1 AND state <> 'deleting' RETURNING *
        """
        row = await db.fetch_one(query, voice_id, now)
        if row is None:
            return None
        voice = voice_of(row)
        for share in await db.fetch_all("SELECT DISTINCT guild_id FROM share WHERE voice_id = $1", voice_id):
            await outbox.add_log_entry(db, share["guild_id"], entry, now=now)
        await retired_names.record_deletion(db, voice, cause, by_id=by_id, by_name=by_name, now=now)
        if news is not None:
            await outbox.add_news(db, voice.owner_id, news, now=now, about_id=voice.speaker_id)
        for table in _GOES_WITH_THE_VOICE:
            await db.execute(table, voice_id)
        await updates.end(db, voice_id, now=now, look_until=look_until)
        db.wipes()
        db.wakes(Work.SHARES)
        await removals.add_all(db, voice, now=now, look_until=look_until)
        await removals.drop_finished_voice(db, voice_id)
        return voice


# A person who is heard controls a voice only after they have agreed, and a new sample is nobody's voice. A sample is
# imitated only with consent, and only after the sentence was heard in it, if one must be.
CONTROLLED: LiteralString = """
    SELECT voice.*, CASE WHEN state IN ('queued', 'training', 'failed') THEN (
        SELECT keep_until FROM sample JOIN consent ON consent.voice_id = sample.voice_id
        WHERE sample.voice_id = voice.id
        AND NOT EXISTS (SELECT 1 FROM sentence WHERE sentence.voice_id = sample.voice_id)
    ) END AS imitable_until
    FROM voice WHERE state <> 'deleting' AND replaces IS NULL AND id IN (
        SELECT id FROM voice WHERE owner_id = $1 UNION ALL
        SELECT heard.id FROM voice AS heard JOIN consent ON consent.voice_id = heard.id
        WHERE heard.speaker_id = $1 AND heard.state <> 'draft'
    )
"""

_GOES_WITH_THE_VOICE: tuple[LiteralString, ...] = (
    "DELETE FROM share WHERE voice_id = $1",
    "DELETE FROM sample WHERE voice_id = $1",
    "DELETE FROM take WHERE voice_id = $1",
    "DELETE FROM notice WHERE voice_id = $1",
    "UPDATE preference SET default_voice_id = NULL WHERE default_voice_id = $1",
    "DELETE FROM server_default WHERE voice_id = $1",
)


async def is_consent_spoken(db: Session, voice_id: str) -> bool:
    """Return True if a sentence was read aloud for the consent to a voice."""
    query = "SELECT sentence FROM consent WHERE voice_id = $1 AND sentence IS NOT NULL"
    return await db.fetch_one(query, voice_id) is not None


async def _remember(db: Session, member_id: int, post_as: PostAs | None) -> None:
    """Remember how a member wants their sounds to be posted, if they have just chosen that."""
    if post_as is not None:
        query = """
            INSERT INTO preference (member_id, post_as) VALUES ($1, $2)
            ON CONFLICT (member_id) DO UPDATE SET post_as = excluded.post_as
        """
        await db.execute(query, member_id, post_as.value)


async def _add_draft(db: Session, voice: Voice, sample: Sample, max_voices: int) -> None:
    key = voice.name.casefold()
    query = """
        DELETE FROM voice WHERE owner_id = $1 AND name_key = $2 AND state = 'draft'
        AND NOT EXISTS (SELECT 1 FROM request WHERE request.voice_id = voice.id)
    """
    if await db.execute(query, voice.owner_id, key):
        db.wipes()
    query = "SELECT id FROM voice WHERE owner_id = $1 AND name_key = $2 AND state <> 'deleting'"
    if await db.fetch_one(query, voice.owner_id, key) is not None:
        raise NameTaken
    slot = await _free_slot(db, voice.owner_id, max_voices)
    await insert_draft(db, voice, name_key=key, slot=slot)
    await samples.keep(db, voice.id, sample, now=voice.created_at)


async def _free_slot(db: Session, owner_id: int, max_voices: int) -> int:
    """Return the lowest free slot of an owner. The unique index refuses the same slot to a second process."""
    query = "SELECT slot FROM voice WHERE owner_id = $1 AND state <> 'deleting' AND replaces IS NULL"
    taken = {row["slot"] for row in await db.fetch_all(query, owner_id)}
    if max_voices and len(taken) >= max_voices:
        raise NoSlotLeft
    return next(slot for slot in range(len(taken) + 1) if slot not in taken)
