"""New samples for voices: each is a voice of its own until it is trained, and then the older one goes on with it.

The older voice's row stays, and with it everything that hangs on its id: its name, defaults, shares and records. Where
both rows change, the older one is locked first.
"""

from bot.models.common import Work
from bot.models.members import NoticeKind
from bot.models.samples import Sample
from bot.models.voices import Voice
from bot.storage.common import outbox, samples
from bot.storage.common.voice_rows import insert_draft, voice_of
from bot.storage.consent import sentences
from bot.storage.consent.sentences import SentenceUsed
from bot.storage.engine.database import Guard, Session
from bot.storage.engine.store import Store, reads, writes
from bot.storage.voices import removals


class UpdateUnderWay(Exception):
    """The voice has another new sample, to which somebody has agreed or is asked to agree."""


class NotTrained(Exception):
    """The voice is not trained any more."""


class UpdateStore(Store):
    @writes
    async def add_draft(
        self, db: Session, update: Voice, sample: Sample, *, guard: Guard, sentence_id: str | None
    ) -> None:
        """Store a new sample for the voice that `update` replaces, as a draft. It replaces an earlier such draft.

        Raises UpdateUnderWay, NotTrained, SentenceUsed, or what `guard` raises.
        """
        await guard(db)
        replaced = update.replaces or ""
        query = "UPDATE voice SET since = since WHERE id = $1 AND state = 'trained' RETURNING slot"
        locked = await db.fetch_one(query, replaced)
        if locked is None:
            raise NotTrained
        query = """
            DELETE FROM voice WHERE replaces = $1 AND state <> 'deleting' AND state = 'draft'
            AND NOT EXISTS (SELECT 1 FROM request WHERE request.voice_id = voice.id)
        """
        if await db.execute(query, replaced):
            db.wipes()
        if await _is_open(db, replaced):
            raise UpdateUnderWay
        # It takes neither a name nor a slot of its owner: no name holds a line break, and their slots count from 0.
        await insert_draft(db, update, name_key=f"\n{replaced}", slot=-1 - locked["slot"])
        await samples.keep(db, update.id, sample, now=update.created_at)
        if sentence_id is not None and not await sentences.use(db, sentence_id, update.id):
            raise SentenceUsed

    @reads
    async def is_open(self, db: Session, voice_id: str) -> bool:
        """Return True while a voice has a new sample to which somebody has agreed or is asked to agree."""
        query = """
            SELECT id FROM voice WHERE replaces = $1 AND state <> 'deleting'
            AND (state <> 'draft' OR EXISTS (SELECT 1 FROM request WHERE request.voice_id = voice.id))
        """
        return await db.fetch_one(query, voice_id) is not None

    @reads
    async def needs_sentence(self, db: Session, voice_id: str) -> bool:
        return await needs_sentence(db, voice_id)


async def needs_sentence(db: Session, voice_id: str) -> bool:
    """Return True if consent to a new sample of a voice must be spoken.

    It was spoken for the voice, or must be in a server where the voice was made or is shared.
    """
    query = """
        SELECT 1 AS needed FROM consent WHERE voice_id = $1 AND sentence IS NOT NULL
        UNION ALL SELECT 1 FROM server WHERE spoken_consent = 1 AND guild_id IN (
            SELECT guild_id FROM share WHERE voice_id = $1 UNION SELECT guild_id FROM voice WHERE id = $1
        )
    """
    return await db.fetch_one(query, voice_id) is not None


async def take_over(db: Session, update_id: str, voice_id: str, *, now: int) -> bool:
    """Let a voice go on with its new sample, which is trained, and have its earlier one deleted at Fish Audio.

    Those who control it are told. Returns False if the new sample was not training any more.
    """
    query = "UPDATE voice SET since = since WHERE id = $1 AND state IN ('trained', 'failed') RETURNING fish_id"
    voice = await db.fetch_one(query, voice_id)
    if voice is None:  # it is being deleted, and its new sample with it
        return False
    query = "UPDATE voice SET state = 'deleting' WHERE id = $1 AND state = 'training' RETURNING fish_id"
    update = await db.fetch_one(query, update_id)
    if update is None:
        return False
    await db.execute("UPDATE voice SET fish_id = NULL WHERE id = $1", update_id)  # no two rows have the same one
    query = "UPDATE voice SET state = 'trained', fish_id = $2, reason = NULL, since = $3 WHERE id = $1"
    await db.execute(query, voice_id, update["fish_id"], now)
    await db.execute("DELETE FROM consent WHERE voice_id = $1", voice_id)
    await db.execute("UPDATE consent SET voice_id = $2 WHERE voice_id = $1", update_id, voice_id)
    await db.execute("UPDATE removal SET voice_id = $2 WHERE voice_id = $1", update_id, voice_id)
    if voice["fish_id"]:
        await removals.add_voice(db, voice_id, voice["fish_id"], now=now)
    await db.execute("DELETE FROM voice WHERE id = $1", update_id)
    db.wipes()
    db.wakes(Work.SHARES)
    await outbox.add_outcome(db, voice_id, NoticeKind.TRAINED, now=now, of_update=True)
    await outbox.add_ready_for_speaker(db, voice_id, now=now, of_update=True)
    return True


async def fail(
    db: Session, update: Voice, *, now: int, look_until: int | None, told: str, told_to_speaker: str | None
) -> bool:
    """End a new sample that cannot be used: `told` is for the owner, the voice goes on with its earlier one.

    With `look_until`, what its last attempt may still make at Fish Audio is looked for until then. Returns False if the
    state has changed, or if another attempt has begun.
    """
    query = """
        UPDATE voice SET state = 'deleting', since = $3, next_attempt_at = NULL, fish_id = NULL, tag = NULL
        WHERE id = $1 AND state = $2 AND ($5 = 0 OR tag = $4 OR (tag IS NULL AND $4 IS NULL)) RETURNING id
    """
    state, only_this_attempt = update.state.value, int(look_until is not None)
    if await db.fetch_one(query, update.id, state, now, update.tag, only_this_attempt) is None:
        return False
    # Where the voice began, unless somebody else is heard in it.
    place = (update.guild_id, update.channel_id) if update.speaker_id is None else None
    await outbox.add_news(db, update.owner_id, told, now=now, about_id=update.speaker_id, or_in=place)
    await outbox.add_news_for_speaker(db, update.replaces or "", told_to_speaker, now=now)
    await _remove(db, update, now=now, look_until=look_until)
    return True


async def end(db: Session, voice_id: str, *, now: int, look_until: int) -> None:
    """End the new sample of a voice that is being deleted."""
    query = """
        UPDATE voice SET state = 'deleting', since = $2, next_attempt_at = NULL
        WHERE replaces = $1 AND state <> 'deleting' RETURNING *
    """
    for row in await db.fetch_all(query, voice_id, now):
        await _remove(db, voice_of(row), now=now, look_until=look_until)


async def _remove(db: Session, update: Voice, *, now: int, look_until: int | None) -> None:
    await db.execute("DELETE FROM sample WHERE voice_id = $1", update.id)
    await db.execute("DELETE FROM notice WHERE voice_id = $1", update.id)
    await sentences.take(db, update.id)
    if update.fish_id:
        await removals.add_voice(db, update.id, update.fish_id, now=now)
    if update.tag and look_until is not None:
        await removals.add_tag(db, update.id, update.tag, now=now, look_until=look_until)
    await removals.drop_finished_voice(db, update.id)
    db.wipes()


async def _is_open(db: Session, voice_id: str) -> bool:
    query = "SELECT id FROM voice WHERE replaces = $1 AND state <> 'deleting'"
    return await db.fetch_one(query, voice_id) is not None
