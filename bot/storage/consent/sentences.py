"""The tables `sentence` and `hearing`: sentences to be read aloud, and transcripts of recordings."""

from bot.models.consent import Sentence
from bot.storage.engine.database import Guard, Row, Session
from bot.storage.engine.store import Store, reads, writes


class SentenceUsed(Exception):
    """The sentence that was heard in a sample was used for another voice, or its time is over."""


class SentenceClosed(Exception):
    """The sentence was used, or its time was over."""


class ListeningsUsedUp(Exception):
    """Enough recordings were listened to for this sentence."""


class BeingHeard(Exception):
    """Another command has this recording transcribed right now."""


class SentenceStore(Store):
    @reads
    async def open_for(self, db: Session, member_id: int, guild_id: int, *, now: int) -> Sentence | None:
        """Return the member's open sentence, if they were given one."""
        return await _open(db, member_id, guild_id, now)

    @writes
    async def offer(self, db: Session, sentence: Sentence, *, guard: Guard, now: int) -> Sentence:
        """Store a fresh sentence, unless the member has an open one. Returns the open one.

        Raises what `guard` raises.
        """
        await guard(db)
        query = """
            DELETE FROM sentence WHERE member_id = $1 AND guild_id = $2 AND voice_id IS NULL AND expires_at <= $3
        """
        await db.execute(query, sentence.member_id, sentence.guild_id, now)
        query = """
            INSERT INTO sentence (id, member_id, guild_id, wording, expires_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (member_id, guild_id) WHERE voice_id IS NULL DO NOTHING
        """
        await db.execute(
            query, sentence.id, sentence.member_id, sentence.guild_id, sentence.wording, sentence.expires_at
        )
        return await _open(db, sentence.member_id, sentence.guild_id, now) or sentence

    @reads
    async def is_open(self, db: Session, sentence_id: str) -> bool:
        """Return True while a sentence is there and not used up."""
        query = "SELECT id FROM sentence WHERE id = $1 AND voice_id IS NULL"
        return await db.fetch_one(query, sentence_id) is not None

    @reads
    async def transcript(self, db: Session, sentence_id: str, sound_hash: str) -> str | None:
        """Return the transcript of a recording, if it was transcribed before."""
        query = "SELECT transcript FROM hearing WHERE sentence_id = $1 AND sound_hash = $2"
        row = await db.fetch_one(query, sentence_id, sound_hash)
        return row["transcript"] if row else None

    @writes
    async def begin_listening(
        self, db: Session, sentence_id: str, sound_hash: str, *, now: int, until: int, most: int
    ) -> None:
        """Claim a recording. Raises SentenceClosed, BeingHeard, or ListeningsUsedUp after `most` for one sentence."""
        query = """
            UPDATE sentence SET listenings = listenings + 1 WHERE id = $1 AND voice_id IS NULL RETURNING listenings
        """
        row = await db.fetch_one(query, sentence_id)
        if row is None:
            raise SentenceClosed
        query = """
            INSERT INTO hearing (sentence_id, sound_hash, claimed_until) VALUES ($1, $2, $3)
            ON CONFLICT (sentence_id, sound_hash) DO UPDATE SET claimed_until = excluded.claimed_until
            WHERE hearing.transcript IS NULL AND hearing.claimed_until <= $4
        """
        if not await db.execute(query, sentence_id, sound_hash, until, now):
            raise BeingHeard
        if row["listenings"] > most:
            raise ListeningsUsedUp

    @writes
    async def keep_listening(self, db: Session, sentence_id: str, sound_hash: str, until: int) -> None:
        """Keep a claim until another moment; a moment that has passed gives it back."""
        query = """
            UPDATE hearing SET claimed_until = $3
            WHERE sentence_id = $1 AND sound_hash = $2 AND transcript IS NULL
        """
        await db.execute(query, sentence_id, sound_hash, until)

    @writes
    async def note_transcript(self, db: Session, sentence_id: str, sound_hash: str, transcript: str) -> None:
        query = "UPDATE hearing SET transcript = $3 WHERE sentence_id = $1 AND sound_hash = $2"
        await db.execute(query, sentence_id, sound_hash, transcript)

    @writes
    async def take_listening_back(self, db: Session, sentence_id: str, sound_hash: str) -> None:
        """Undo a claim, because the recording was not transcribed and nothing was paid."""
        query = "DELETE FROM hearing WHERE sentence_id = $1 AND sound_hash = $2 AND transcript IS NULL"
        if await db.execute(query, sentence_id, sound_hash):
            await db.execute("UPDATE sentence SET listenings = listenings - 1 WHERE id = $1", sentence_id)

    @reads
    async def unheard_in(self, db: Session, voice_id: str) -> str | None:
        """Return the sentence that must still be heard in the sample of a voice; None if there is none."""
        return await sentence_of(db, voice_id)

    @writes
    async def note_heard(self, db: Session, voice_id: str, transcript: str) -> None:
        """Store the sentence with the consent, and the transcript with the voice unless somebody typed one."""
        wording = await take(db, voice_id)
        if wording is None:  # somebody else has listened meanwhile
            return
        await db.execute("UPDATE consent SET sentence = $2 WHERE voice_id = $1", voice_id, wording)
        query = "UPDATE voice SET transcript = COALESCE(transcript, $2) WHERE id = $1 AND state = 'queued'"
        await db.execute(query, voice_id, transcript)

    @writes
    async def drop_expired(self, db: Session, now: int) -> None:
        """Delete sentences that were not read aloud in time, and their transcripts."""
        await db.execute("DELETE FROM sentence WHERE voice_id IS NULL AND expires_at <= $1", now)


async def use(db: Session, sentence_id: str, voice_id: str) -> bool:
    """Use up a sentence for a draft that is being stored. Returns False if it was used meanwhile.

    If somebody else is heard in the draft, the sentence is listened for after they have agreed.
    """
    query = "UPDATE sentence SET voice_id = $2 WHERE id = $1 AND voice_id IS NULL"
    if not await db.execute(query, sentence_id, voice_id):
        return False
    await db.execute("DELETE FROM hearing WHERE sentence_id = $1", sentence_id)
    return True


async def spend(db: Session, sentence_id: str) -> bool:
    """Delete a sentence that was heard in a recording of which no voice is made. Returns False if it was used."""
    return await db.execute("DELETE FROM sentence WHERE id = $1 AND voice_id IS NULL", sentence_id) > 0


async def sentence_of(db: Session, voice_id: str) -> str | None:
    """Return the sentence that belongs to a draft; None if there is none."""
    row = await db.fetch_one("SELECT wording FROM sentence WHERE voice_id = $1", voice_id)
    return row["wording"] if row else None


async def take(db: Session, voice_id: str) -> str | None:
    """Delete and return the sentence that was heard in a draft's sample; the consent keeps it from now on."""
    row = await db.fetch_one("DELETE FROM sentence WHERE voice_id = $1 RETURNING wording", voice_id)
    return row["wording"] if row else None


async def _open(db: Session, member_id: int, guild_id: int, now: int) -> Sentence | None:
    query = "SELECT * FROM sentence WHERE member_id = $1 AND guild_id = $2 AND voice_id IS NULL AND expires_at > $3"
    row = await db.fetch_one(query, member_id, guild_id, now)
    return _sentence(row) if row else None


def _sentence(row: Row) -> Sentence:
    return Sentence(
        id=row["id"],
        member_id=row["member_id"],
        guild_id=row["guild_id"],
        wording=row["wording"],
        expires_at=row["expires_at"],
    )
