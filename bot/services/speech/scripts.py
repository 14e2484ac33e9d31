"""Checks what a member asks to hear, and checks it again when the sound is about to be posted."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.errors import UserError
from bot.models.common import Member, Place
from bot.models.servers import ServerRules
from bot.models.sounds import PostAs
from bot.models.speech import OneOff, SpeechPermit
from bot.models.voices import Voice, VoiceState
from bot.services.servers.guards import ErasedMeanwhile, Guards
from bot.services.servers.rules import (
    ForbiddenWord,
    check_creating,
    check_shared_voices,
    check_speaking,
    check_spoken_messages,
)
from bot.services.sharing.known_voices import KnownVoices
from bot.services.sharing.membership import Membership
from bot.services.sharing.usable_voices import UsableVoices
from bot.services.speech import previews
from bot.services.speech.imitation.excerpts import OnceGone
from bot.services.speech.imitation.one_offs import MustBeSpoken, voice_used_once
from bot.services.speech.synthesis.emotions import Emotions
from bot.services.speech.synthesis.sizes import Size, size_of
from bot.services.speech.utterances import VoiceEnded
from bot.services.text.canonical import full_length
from bot.services.text.forbidden_words import finds_forbidden, holds_forbidden
from bot.services.text.pronunciation import pronounced
from bot.services.text.spoken_mentions import Mentions, unsigned_mentions
from bot.services.text.spoken_text import spoken
from bot.storage.engine.database import Guard, Session
from bot.storage.speech.one_offs import is_kept
from bot.storage.speech.permits import SpeechPermitStore, speech_permit

SPEEDS = (0.5, 2.0)  # times the natural speed (Fish Audio's `prosody.speed`)
VOLUMES = (-20.0, 20.0)  # dB (Fish Audio's `prosody.volume`)
LONGEST_OPTION = 6000  # characters that Discord takes
MOST_GROWTH = 3  # times the longest text: a few letters may be pronounced as fifty, or shown as a long date


class NothingToSay(UserError):
    def __init__(self) -> None:
        super().__init__("There is nothing in that text that can be said aloud. Type some words.")


class NothingToSayInMessage(UserError):
    def __init__(self) -> None:
        super().__init__(
            "There is no word in that message: emoji and signs are not said aloud. Choose a message with some words."
        )


class TextTooLong(UserError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"A text has at most {limit} characters here; yours has {length}. Please shorten it.")


class MessageTooLong(UserError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"A text has at most {limit} characters here; that message has {length}. `/say` speaks a part of it, "
            "if you copy that."
        )


class SpokenTooLong(UserError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"As it is spoken, with names, dates and pronunciations in full, that text has {length} characters; it may "
            f"have {limit}. Please shorten it."
        )


class PreviewTooLong(UserError):
    def __init__(self, length: int) -> None:
        super().__init__(
            f"A preview has at most {previews.LONGEST} characters as it is spoken; yours has {length}. Please shorten "
            "it."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMessage:
    """The message whose text is spoken."""

    author_name: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """What a member asked to hear."""

    asker: Member
    place: Place
    text: str  # as typed
    mentions: Mentions
    asked_at: datetime  # by Discord's clock, from which the timestamps in the text are
    voice: str | None  # as typed or picked from the list
    speed: float = 1.0
    volume: float = 0.0
    emotion: str | None = None  # as typed or picked from the list
    once: OneOff | None = None  # the recording in whose voice it is said, instead of a voice
    source: SourceMessage | None = None  # if the text is somebody's message
    largest_file: int | None = None  # bytes that Discord takes there; None if there is no limit
    is_preview: bool = False  # one of the member's previews of the day, heard only by them
    post_as: PostAs | None = None  # None for what the member has chosen before
    is_repeated: bool = False  # wants another sound than before; the text is as a message showed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A checked request: this voice will say these words."""

    request: SpeechRequest
    voice: Voice
    words: str  # as they are spoken, with the cues for the emotion; so many characters are counted
    told: tuple[str, ...]  # the words as typed and as pronounced, and the emotion: none may hold a forbidden word
    emotion: str | None  # as the engine takes it
    size: Size
    rules: ServerRules | None  # the server's at the time of the check; None in a DM
    post_as: PostAs
    began_at: int

    @property
    def imitates(self) -> bool:
        """True if the sample is imitated, since the voice was not trained when this was asked for."""
        return self.voice.state is not VoiceState.TRAINED

    @property
    def occasion(self) -> str:
        """The end of the label in the file, which says for whom the sound was made."""
        return f"asked for by {self.request.asker.name}"


class ScriptService:
    def __init__(
        self,
        permits: SpeechPermitStore,
        guards: Guards,
        usable_voices: UsableVoices,
        membership: Membership,
        emotions: Emotions,
        clock: Clock,
        *,
        longest_text: int,
    ) -> None:
        self._permits = permits
        self._guards = guards
        self._usable_voices = usable_voices
        self._membership = membership
        self._emotions = emotions
        self._clock = clock
        self._longest_text = longest_text

    async def prepare(self, request: SpeechRequest) -> Script:
        """Check a request. Raises a UserError that says what to change."""
        if self._longest_text and len(request.text) > self._longest_text:
            too_long = TextTooLong if request.source is None else MessageTooLong
            raise too_long(len(request.text), self._longest_text)
        if not SPEEDS[0] <= request.speed <= SPEEDS[1]:
            raise UserError(f"The speed goes from {SPEEDS[0]} to {SPEEDS[1]} times the natural speed.")
        if not VOLUMES[0] <= request.volume <= VOLUMES[1]:
            raise UserError(f"The volume goes from {VOLUMES[0]:g} to {VOLUMES[1]:g} dB; 0 leaves it as it is.")
        typed = unsigned_mentions(request.text) if request.is_repeated else request.text
        words = spoken(typed, request.mentions, now=request.asked_at)
        if not words:
            raise NothingToSay if request.source is None else NothingToSayInMessage
        emotion = self._emotions.understood(request.emotion) if request.emotion else None
        asker, guild_id, began_at = request.asker, request.place.guild_id, self._clock.now()
        pseudonym = self._guards.pseudonym(asker.id)
        permit = await self._permits.of(asker.id, guild_id, pseudonym=pseudonym, since=began_at)
        in_server = () if permit.rules is None else permit.rules.pronunciations
        said = pronounced(words, (*in_server, *permit.voices.pronunciations))
        most = MOST_GROWTH * (self._longest_text or LONGEST_OPTION)
        if (length := max(full_length(request.text), full_length(said))) > most:
            raise SpokenTooLong(length, most)
        told = (words, said, emotion or "")
        if permit.rules is not None:
            _check_rules(permit.rules, request, is_blocked=permit.is_blocked)
            if await finds_forbidden((request.text, *told), permit.rules.forbidden_words):
                raise ForbiddenWord
        known = KnownVoices(permit.voices, asker, began_at)
        if request.once is not None:
            voice = voice_used_once(request.once, asker)
        else:
            voice = await self._usable_voices.find_speaking(request.voice, known, asker, guild_id)
        if permit.rules is not None and not voice.is_controlled_by(asker.id):
            check_shared_voices(permit.rules)
        if request.is_preview and len(said) > previews.LONGEST:
            raise PreviewTooLong(len(said))
        cued = self._emotions.spoken(said, emotion) if emotion else said
        return Script(
            request=request,
            voice=voice,
            words=cued,
            told=told,
            emotion=emotion,
            size=size_of(cued, speed=request.speed, most_bytes=request.largest_file),
            rules=permit.rules,
            post_as=request.post_as or permit.voices.post_as or PostAs.FILE,
            began_at=began_at,
        )

    def still_permitted(self, script: Script) -> Guard:
        """Return a guard that checks again everything that permitted the sound."""
        asker, place = script.request.asker, script.request.place

        async def guard(db: Session) -> None:
            permit = await speech_permit(
                db,
                asker.id,
                place.guild_id,
                pseudonym=self._guards.pseudonym(asker.id),
                since=script.began_at,
                voice_id=script.voice.id,
            )
            if permit.is_erased:
                raise ErasedMeanwhile
            if permit.rules is not None and (permit.is_blocked or permit.rules != script.rules):
                _check_rules(permit.rules, script.request, is_blocked=permit.is_blocked)
                if holds_forbidden((script.request.text, *script.told), _added_words(script, permit.rules)):
                    raise ForbiddenWord
            if (once := script.request.once) is None:
                self._check_voice(script, permit)
            elif not await is_kept(db, once.id):
                raise OnceGone
            elif permit.rules is not None and permit.rules.spoken_consent and not once.is_spoken:
                raise MustBeSpoken

        return guard

    async def check_again(self, script: Script) -> None:
        """Raise a UserError if what permitted the sound has ended."""
        await self._permits.check(self.still_permitted(script))

    def _check_voice(self, script: Script, permit: SpeechPermit) -> None:
        """Raise VoiceEnded if the voice of a script may not speak for its asker any more."""
        known = KnownVoices(permit.voices, script.request.asker, self._clock.now())
        voice = next((choice.voice for choice in known.speaking), None)
        if voice is None:  # trained meanwhile, or with a new sample, it is still the same voice
            raise VoiceEnded(script.voice)
        if permit.rules is not None and not voice.is_controlled_by(script.request.asker.id):
            check_shared_voices(permit.rules)
            if all(self._membership.is_known_to_have_left(share) for share in known.shares):
                raise VoiceEnded(script.voice)


def _added_words(script: Script, rules: ServerRules) -> tuple[str, ...]:
    """Return the words that were forbidden after the check. The transaction waits, and the others were looked for."""
    before = frozenset(() if script.rules is None else script.rules.forbidden_words)
    return tuple(word for word in rules.forbidden_words if word not in before)


def _check_rules(rules: ServerRules, request: SpeechRequest, *, is_blocked: bool) -> None:
    """Raise Blocked or NotAllowedHere if a rule of the server forbids a request, whatever its words are."""
    check_speaking(rules, request.asker, request.place, request.text, is_blocked=is_blocked)
    if request.once is not None:
        check_creating(rules, request.asker, request.place, is_blocked=is_blocked)
    if request.source is not None:
        check_spoken_messages(rules)
