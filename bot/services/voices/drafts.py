"""Makes a draft of an attached file: checks the sample and records the owner's consent."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex

from bot.clock import MINUTE, Clock
from bot.errors import UserError
from bot.http.attachments import Attachment
from bot.models.common import Member, Place
from bot.models.consent import Sentence, Speaker
from bot.models.samples import Overview
from bot.models.voices import Voice, VoiceState
from bot.services.common.names import clean_name
from bot.services.common.samples import SampleReader
from bot.services.common.wording import plain, quoted
from bot.services.consent.consent_requests import CannotAsk, ConsentRequestService
from bot.services.consent.spoken_consent import SentenceSpent, SpokenConsent
from bot.services.servers.guards import Guards
from bot.services.servers.rules import RulesService
from bot.services.sharing.known_voices import VoiceNotUsable, why_silent
from bot.services.sharing.membership import Membership
from bot.services.sharing.usable_voices import UsableVoices
from bot.storage.consent.sentences import SentenceUsed, sentence_of
from bot.storage.engine.database import Guard, Session
from bot.storage.servers.rules import rules_of
from bot.storage.voices.updates import NotTrained, UpdateStore, UpdateUnderWay, needs_sentence
from bot.storage.voices.voices import NameTaken, NoSlotLeft, VoiceStore

DRAFT_KEPT = 15 * MINUTE
LONGEST_TRANSCRIPT = 2000

CONSENT = (
    "This is my own voice. The sample may be sent to Fish Audio, which makes a synthetic voice from it that I can use "
    "here and delete at any time."
)


class NameInUse(UserError):
    def __init__(self, name: str) -> None:
        super().__init__(f"You already have a voice called {quoted(name)}. Choose another name, or delete that one.")


class TooManyVoices(UserError):
    def __init__(self, limit: int) -> None:
        voices = "one voice" if limit == 1 else f"{limit} voices"
        super().__init__(f"You already have {voices}, which is the most here. `/voice delete` makes room for another.")


class TranscriptOfSeveral(UserError):
    def __init__(self) -> None:
        super().__init__(
            "A transcript goes with one clip. Leave it out where you attach several: Fish Audio writes down what is "
            "said in each."
        )


class DraftGone(UserError):
    def __init__(self) -> None:
        super().__init__(
            "There is no such draft of yours any more: it was cancelled, replaced by a newer one, or older than "
            f"{DRAFT_KEPT // MINUTE} minutes. Use the command again."
        )


class MustBeSpoken(UserError):
    def __init__(self) -> None:
        super().__init__(
            "This server's managers have just decided that consent is spoken here. Use the command again: you get "
            "a sentence to read aloud in the recording."
        )


class MustBeSpokenElsewhere(UserError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"A new sample of {quoted(name)} needs a sentence that is read aloud, since consent was spoken for it, or "
            "must be where it is shared or was made. Use `/voice update` in a server that asks for spoken consent."
        )


class AlreadyUpdating(UserError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{quoted(name)} gets another new sample already. Wait until you are told how that ends, then use `/voice "
            "update` again."
        )


class NotYoursToGive(UserError):
    def __init__(self, speaker_name: str) -> None:
        name = plain(speaker_name)
        super().__init__(f"Only {name} can agree to this. Press **Ask for consent** under the report of the sample.")


class ConsentReworded(UserError):
    def __init__(self) -> None:
        super().__init__(
            "What you are asked to agree to has changed since this report was written. Use the command again."
        )


class ConsentGiven(UserError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{quoted(name)} has your consent already. `/voice list` shows its state, `/voice delete` ends it."
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """What the owner is shown before they consent."""

    voice: Voice
    found: Overview


class DraftService:
    """Keeps drafts. Stores nothing of a refused sample, and sends nothing to Fish Audio before consent.

    There is one exception: if the server asks for spoken consent, Fish Audio listens for it before the sample is
    stored. If somebody else is heard, it listens only after they have agreed (`creation`).
    """

    def __init__(
        self,
        store: VoiceStore,
        samples: SampleReader,
        requests: ConsentRequestService,
        rules: RulesService,
        guards: Guards,
        spoken_consent: SpokenConsent,
        usable_voices: UsableVoices,
        membership: Membership,
        updates: UpdateStore,
        clock: Clock,
        *,
        max_voices: int,
    ) -> None:
        self._store = store
        self._usable_voices = usable_voices
        self._membership = membership
        self._updates = updates
        self._samples = samples
        self._requests = requests
        self._rules = rules
        self._guards = guards
        self._spoken_consent = spoken_consent
        self._clock = clock
        self._max_voices = max_voices

    async def create(
        self,
        owner: Member,
        place: Place,
        *,
        name: str,
        attached: Mapping[int, Attachment],
        transcript: str | None,
        speaker: Speaker | None = None,
        best_part: bool = False,
    ) -> Draft:
        """Check a sample and keep it as a draft. `speaker` is the person who is heard, if that is not the owner.

        `attached` has the clips by their numbers in the command. With `best_part`, a clip that is too long is cut down
        to its best part, unless consent must be heard in it.
        Raises a UserError that says what is wrong with the sample or the name, or why the speaker cannot be asked.
        """
        began_at = self._clock.now()
        await self._rules.allow_creating(owner, place)
        if speaker is not None and speaker.id == owner.id:
            speaker = None
        if speaker is not None:
            await self._requests.check(owner, place, speaker)
        name = clean_name(name)
        transcript = _transcript_of(attached, transcript)
        taken = await self._store.slots_taken(owner.id, beside=name)
        if self._max_voices and taken >= self._max_voices:
            raise TooManyVoices(self._max_voices)
        return await self._make(
            owner,
            place,
            name=name,
            attached=attached,
            transcript=transcript,
            speaker=speaker,
            best_part=best_part,
            since=began_at,
        )

    async def update(
        self, owner: Member, place: Place, *, voice: str, attached: Mapping[int, Attachment], transcript: str | None
    ) -> Draft:
        """Check a new sample for an own voice and keep it as a draft. The voice stays as it is until it is trained.

        The same person is heard in it, and asked again if that is not the owner. Raises a UserError that says why the
        sample cannot be used, or the voice cannot have a new one.
        """
        began_at = self._clock.now()
        await self._rules.allow_creating(owner, place)
        transcript = _transcript_of(attached, transcript)
        replaced = await self._usable_voices.find_owned(voice, owner, place.guild_id)
        if (obstacle := why_silent(replaced, owner.id)) is not None:
            raise VoiceNotUsable(obstacle)
        speaker = await self._speaker_of(replaced, place)
        if speaker is not None:
            await self._requests.check(owner, place, speaker)
        if await self._updates.is_open(replaced.id):
            raise AlreadyUpdating(replaced.name)
        return await self._make(
            owner,
            place,
            name=replaced.name,
            attached=attached,
            transcript=transcript,
            speaker=speaker,
            replaces=replaced.id,
            since=began_at,
        )

    async def _speaker_of(self, voice: Voice, place: Place) -> Speaker | None:
        """Return the person who is heard in a voice, if that is not its owner. Raises VoiceNotUsable elsewhere."""
        if voice.speaker_id is None:
            return None
        if place.guild_id is None or place.guild_id != voice.guild_id:
            raise VoiceNotUsable(
                f"{plain(voice.heard_name)} is heard in {quoted(voice.name)} and must agree to a new sample. Use "
                "`/voice update` in the server where you asked them for this voice."
            )
        is_here = await self._membership.is_in(voice.speaker_id, place.guild_id)
        return Speaker(id=voice.speaker_id, name=voice.heard_name, is_bot=False, is_here=is_here is not False)

    async def _make(
        self,
        owner: Member,
        place: Place,
        *,
        name: str,
        attached: Mapping[int, Attachment],
        transcript: str | None,
        speaker: Speaker | None,
        replaces: str | None = None,
        best_part: bool = False,
        since: int,
    ) -> Draft:
        sentence = await self._spoken_consent.sentence_for(owner, place, since=since)
        if sentence is None and replaces is not None and await self._updates.needs_sentence(replaces):
            raise MustBeSpokenElsewhere(name)
        if sentence is not None and speaker is None:
            async with self._samples.listening(owner.id):
                sample, found = await self._samples.read(attached, owner.id)  # all of it: it holds the sentence
                heard = await self._spoken_consent.transcript(sample, sentence)
            if len(sample.clips) == 1:  # else nobody knows what is said in which
                transcript = transcript or heard
        else:
            sample, found = await self._samples.read(attached, owner.id, best_part=best_part)
        now = self._clock.now()
        voice = Voice(
            id=token_hex(8),
            owner_id=owner.id,
            owner_name=owner.name,
            name=name,
            state=VoiceState.DRAFT,
            guild_id=place.guild_id,
            channel_id=place.channel_id,
            transcript=transcript,
            next_attempt_at=now + DRAFT_KEPT,
            since=now,
            created_at=now,
            speaker_id=speaker.id if speaker else None,
            speaker_name=speaker.name if speaker else None,
            replaces=replaces,
        )
        guard = self._permitted(owner, place, speaker, sentence, voice, since=since)
        sentence_id = sentence.id if sentence else None
        try:
            if replaces is None:
                await self._store.add_draft(
                    voice, sample, max_voices=self._max_voices, guard=guard, sentence_id=sentence_id
                )
            else:
                await self._updates.add_draft(voice, sample, guard=guard, sentence_id=sentence_id)
        except NameTaken:
            raise NameInUse(name) from None
        except NoSlotLeft:
            raise TooManyVoices(self._max_voices) from None
        except UpdateUnderWay:
            raise AlreadyUpdating(name) from None
        except NotTrained:
            raise VoiceNotUsable(f"{quoted(name)} can't speak any more, so it can't have a new sample.") from None
        except SentenceUsed:
            raise SentenceSpent from None
        await self._store.note_name(owner.id, owner.name)
        return Draft(voice, found)

    async def consent(self, voice_id: str, owner: Member, place: Place, *, shown: str) -> Voice:
        """Record the owner's consent, given in this place, and queue the draft; a second click finds it queued.

        `shown` is the message with the button. Raises ConsentReworded if an earlier version of the bot wrote it.
        """
        now = self._clock.now()
        voice = await self._own_draft(voice_id, owner.id)
        if voice.speaker_id is not None:
            raise NotYoursToGive(voice.speaker_name or "")
        if place.guild_id != voice.guild_id:  # other rules hold here; the report is where the draft was made
            raise DraftGone
        if voice.state is VoiceState.DRAFT:
            if CONSENT not in shown:
                raise ConsentReworded
            allowed = self._guards.creating(owner, place, since=now)

            async def guard(db: Session) -> None:
                await allowed(db)
                if await sentence_of(db, voice_id) is None:
                    await _check_unspoken(db, voice, place)

            queued = await self._store.consent(voice_id, wording=CONSENT, guard=guard, now=now)
            if queued is not None:
                return queued
            voice = await self._own_draft(voice_id, owner.id)  # another click may have come first
        match voice.state:
            case VoiceState.DRAFT:
                raise DraftGone
            case VoiceState.QUEUED | VoiceState.TRAINING:
                return voice
            case _:
                raise ConsentGiven(voice.name)

    async def cancel(self, voice_id: str, member_id: int) -> Voice:
        """Delete a draft and its sample. Raises DraftGone or ConsentGiven."""
        voice = await self._own_draft(voice_id, member_id)
        if not await self._store.cancel_draft(voice_id):
            await self._own_draft(voice_id, member_id)
            raise ConsentGiven(voice.name)
        return voice

    async def drop_old(self) -> None:
        await self._store.drop_old_drafts(self._clock.now())
        await self._spoken_consent.drop_expired()

    def _permitted(
        self,
        owner: Member,
        place: Place,
        speaker: Speaker | None,
        sentence: Sentence | None,
        voice: Voice,
        *,
        since: int,
    ) -> Guard:
        """Return a guard for a draft that its owner began to make at `since`; `sentence` is what it uses up."""
        allowed = self._guards.creating(owner, place, since=since)

        async def guard(db: Session) -> None:
            await allowed(db)
            if sentence is None:
                await _check_unspoken(db, voice, place)
            if speaker is not None and await self._guards.is_erased(db, speaker.id, since=since):
                raise CannotAsk(speaker.name)

        return guard

    async def _own_draft(self, voice_id: str, member_id: int) -> Voice:
        voice = await self._store.by_id(voice_id)
        if voice is None or voice.owner_id != member_id:
            raise DraftGone
        return voice


async def _check_unspoken(db: Session, voice: Voice, place: Place) -> None:
    """Raise MustBeSpoken or MustBeSpokenElsewhere if consent to a draft must be spoken."""
    if await _asks_for_a_sentence(db, place):
        raise MustBeSpoken
    if voice.replaces is not None and await needs_sentence(db, voice.replaces):
        raise MustBeSpokenElsewhere(voice.name)


async def _asks_for_a_sentence(db: Session, place: Place) -> bool:
    return place.guild_id is not None and (await rules_of(db, place.guild_id)).spoken_consent


def _transcript_of(attached: Mapping[int, Attachment], typed: str | None) -> str | None:
    """Return the transcript of one clip as one line. Raises UserError if it is too long, or if there are several."""
    transcript = clean_transcript(typed)
    if transcript is not None and len(attached) > 1:
        raise TranscriptOfSeveral
    return transcript


def clean_transcript(typed: str | None) -> str | None:
    """Return the transcript as one line, or None if nothing readable is left. Raises UserError if it is too long."""
    if typed is None:
        return None
    visible = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in typed)
    text = " ".join(unicodedata.normalize("NFC", visible).split())
    if len(text) > LONGEST_TRANSCRIPT:
        raise UserError(f"A transcript has at most {LONGEST_TRANSCRIPT} characters; this one has {len(text)}.")
    return text or None
