"""`/say`: checks and counts a request, has Fish Audio speak it, and posts the sound labelled as synthetic."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from bot.clock import Clock
from bot.errors import FishAudioError, Refused, UserError, VoiceGone
from bot.fish_audio.client import FishAudio
from bot.models import (
    Charge,
    FishVoice,
    Member,
    OneOff,
    Place,
    PostAs,
    ServerRules,
    Sound,
    SpeechPermit,
    Utterance,
    Voice,
    VoiceState,
)
from bot.services.common.alerts import NO_ANSWER, AlertService
from bot.services.common.background import keep_going
from bot.services.common.wording import plain, quoted
from bot.services.servers.guards import ErasedMeanwhile, Guards
from bot.services.servers.rules import ForbiddenWord, check_shared_voices, check_speaking, check_spoken_messages
from bot.services.sharing.known_voices import KnownVoices
from bot.services.sharing.membership import Membership
from bot.services.sharing.usable_voices import UsableVoices
from bot.services.speech import previews
from bot.services.speech.allowances import AllowanceService, AllowanceUsedUp
from bot.services.speech.delivery.emotions import Emotions
from bot.services.speech.delivery.sizes import Size, size_of
from bot.services.speech.excerpts import ExcerptService, OnceGone
from bot.services.speech.one_offs import MustBeSpoken, voice_used_once
from bot.services.speech.sound_cache import MadeSound, SoundCache
from bot.services.speech.synthesis import Synthesis
from bot.services.speech.utterances import UtteranceService, VoiceEnded
from bot.services.speech.voice_messages import Check, VoiceMessageChannel, VoiceMessageService
from bot.services.speech.waiting_sounds import WaitingSounds
from bot.services.text.forbidden_words import finds_forbidden, holds_forbidden
from bot.services.text.pronunciation import pronounced
from bot.services.text.spoken_mentions import Mentions, unsigned_mentions
from bot.services.text.spoken_text import spoken
from bot.services.voices.training import TrainingService
from bot.storage.engine.database import Guard, Session
from bot.storage.speech.one_offs import is_kept
from bot.storage.speech.permits import SpeechPermitStore, speech_permit

SECONDS = 60.0  # from "thinking…" to the sound or the explanation

SPEEDS = (0.5, 2.0)  # times the natural speed (Fish Audio's `prosody.speed`)
VOLUMES = (-20.0, 20.0)  # dB (Fish Audio's `prosody.volume`)


class NothingToSay(UserError):
    def __init__(self) -> None:
        super().__init__("There is nothing in that text that can be said aloud. Type some words.")


class TextTooLong(UserError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"A text has at most {limit} characters here; yours has {length}. Please shorten it.")


class PreviewTooLong(UserError):
    def __init__(self, length: int) -> None:
        super().__init__(
            f"A preview has at most {previews.LONGEST} characters as it is spoken; yours has {length}. Please shorten "
            "it."
        )


class NoPreviewLeft(UserError):
    def __init__(self) -> None:
        super().__init__("There is no preview left today. `/say` speaks too, within its own limits.")


class Unspoken(UserError):
    """Explains why Fish Audio made no sound."""


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
    is_preview: bool = False  # one of the member's previews of the day, for their ears alone
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
        """Whether the sample is imitated, since the voice was not trained when this was asked for."""
        return self.voice.state is not VoiceState.TRAINED

    @property
    def occasion(self) -> str:
        """What the file says about how it came to be."""
        return f"asked for by {self.request.asker.name}"


@dataclass(frozen=True, slots=True)
class Made:
    """A labelled sound, and what it has cost."""

    sound: Sound
    charge: Charge | None  # None for a sound that was at hand
    characters: int


# Posts a sound, and awaits its second argument before each further try. Returns the id of the message.
Post: TypeAlias = Callable[[Sound, Check], Awaitable[int]]


class SpeechService:
    def __init__(
        self,
        permits: SpeechPermitStore,
        guards: Guards,
        usable_voices: UsableVoices,
        membership: Membership,
        allowances: AllowanceService,
        trainings: TrainingService,
        synthesis: Synthesis,
        excerpts: ExcerptService,
        utterances: UtteranceService,
        waiting: WaitingSounds,
        voice_messages: VoiceMessageService,
        sounds: SoundCache,
        emotions: Emotions,
        fish_audio: FishAudio,
        alerts: AlertService,
        clock: Clock,
        *,
        longest_text: int,
    ) -> None:
        self._permits = permits
        self._guards = guards
        self._usable_voices = usable_voices
        self._membership = membership
        self._allowances = allowances
        self._trainings = trainings
        self._synthesis = synthesis
        self._excerpts = excerpts
        self._utterances = utterances
        self._waiting = waiting
        self._voice_messages = voice_messages
        self._sounds = sounds
        self._emotions = emotions
        self._fish_audio = fish_audio
        self._alerts = alerts
        self._clock = clock
        self._longest_text = longest_text

    async def prepare(self, request: SpeechRequest) -> Script:
        """Check a request. Raises a UserError that says what to change."""
        if self._longest_text and len(request.text) > self._longest_text:
            raise TextTooLong(len(request.text), self._longest_text)
        if not SPEEDS[0] <= request.speed <= SPEEDS[1]:
            raise UserError(f"The speed goes from {SPEEDS[0]} to {SPEEDS[1]} times the natural speed.")
        if not VOLUMES[0] <= request.volume <= VOLUMES[1]:
            raise UserError(f"The volume goes from {VOLUMES[0]:g} to {VOLUMES[1]:g} dB; 0 leaves it as it is.")
        typed = unsigned_mentions(request.text) if request.is_repeated else request.text
        words = spoken(typed, request.mentions, now=request.asked_at)
        if not words:
            raise NothingToSay
        emotion = self._emotions.understood(request.emotion) if request.emotion else None
        asker, guild_id, began_at = request.asker, request.place.guild_id, self._clock.now()
        pseudonym = self._guards.pseudonym(asker.id)
        permit = await self._permits.of(asker.id, guild_id, pseudonym=pseudonym, since=began_at)
        in_server = () if permit.rules is None else permit.rules.pronunciations
        said = pronounced(words, (*in_server, *permit.voices.pronunciations))
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

    @asynccontextmanager
    async def counted(self, script: Script) -> AsyncGenerator[Charge | None]:
        """Count the characters, and give them back if the block fails before Fish Audio has made a sound.

        A sound that is at hand costs none. Raises AllowanceUsedUp, or Unspoken if Fish Audio is known not to speak.
        """
        if _may_reuse(script) and self._sounds.has(self._key(script)):
            yield None
            return
        try:
            self._synthesis.check()
        except FishAudioError as error:  # told before anybody sees "thinking…"
            raise Unspoken(await self._alerts.explanation(error)) from None
        charge = await self._charge(script)
        try:
            yield charge
        except BaseException:
            await asyncio.shield(self._allowances.give_back(charge))
            raise

    async def say(
        self,
        script: Script,
        charge: Charge | None,
        message_id: int | None,
        post: Post,
        channel: VoiceMessageChannel | None = None,
    ) -> PostAs:
        """Have the sound made, put it on record and then post it. Returns as what it was posted.

        It is posted as a voice message in `channel`, if there is one that takes it, else by `post`. `message_id` is the
        message that will carry the sound, if it is known; `post` returns it in any case. `post` awaits its second
        argument before it tries again: that raises a UserError if what permitted the sound has ended.
        Raises Unspoken, GaveWay, what `post` and `channel` raise, and such a UserError.
        """
        frames, charge, characters = await self._charged(script, charge)
        guard = self.still_permitted(script)
        begin = partial(self._begin, script, charge, characters, guard)
        if channel is not None and await self._voice_messages.post(
            frames,
            script.voice,
            script.occasion,
            channel,
            begin,
            lambda: self._permits.check(guard),
            with_notice=script.rules is None or script.rules.notice_spoken,
        ):
            return PostAs.VOICE_MESSAGE
        await self.post_on_record(
            script,
            self._synthesis.labelled(frames, script.voice, script.occasion),
            charge=charge,
            characters=characters,
            message_id=message_id,
            post=post,
            guard=guard,
        )
        return PostAs.FILE

    async def make(self, script: Script, charge: Charge | None) -> Made:
        """Have the sound made. Raises Unspoken, or AllowanceUsedUp."""
        frames, charge, characters = await self._charged(script, charge)
        return Made(self._synthesis.labelled(frames, script.voice, script.occasion), charge, characters)

    async def post_on_record(
        self,
        script: Script,
        sound: Sound,
        *,
        charge: Charge | None,
        characters: int,
        message_id: int | None,
        post: Post,
        guard: Guard,
    ) -> None:
        """Put a sound on record if `guard` permits it, and post it as `say` does. Raises what the guard raises."""
        utterance = await self._begin(script, charge, characters, guard, sound, message_id)
        try:
            async with self._waiting.keeping(sound.id, len(sound.data)):
                posted_id = await post(sound, lambda: self._permits.check(guard))
        except BaseException:
            await asyncio.shield(self._utterances.withdraw(utterance))
            raise
        if posted_id != message_id:
            with keep_going("could not complete a record"):
                await self._utterances.complete(utterance, posted_id)

    async def _charged(self, script: Script, charge: Charge | None) -> tuple[bytes, Charge | None, int]:
        """Return the sound without tags, its charge if it was made anew, and the characters that it counts."""
        made = await self._speak(script, charge)
        if made.is_new:
            return made.frames, charge, _counted_characters(script)
        if charge is not None:
            await self._allowances.give_back(charge)
        return made.frames, None, 0

    def _begin(
        self,
        script: Script,
        charge: Charge | None,
        characters: int,
        guard: Guard,
        sound: Sound,
        message_id: int | None,
    ) -> Awaitable[Utterance]:
        return self._utterances.begin(
            sound,
            script.voice,
            script.request.asker,
            script.request.place,
            characters=characters,
            charge=charge,
            message_id=message_id,
            guard=guard,
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
                if holds_forbidden((script.request.text, *script.told), permit.rules.forbidden_words):
                    raise ForbiddenWord
            if (once := script.request.once) is None:
                self._check_voice(script, permit)
            elif not await is_kept(db, once.id):
                raise OnceGone
            elif permit.rules is not None and permit.rules.spoken_consent and not once.is_spoken:
                raise MustBeSpoken

        return guard

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

    async def _speak(self, script: Script, charge: Charge | None) -> MadeSound:
        """Return the sound without tags. Raises AllowanceUsedUp, or Unspoken, at the latest when its time is over."""
        try:
            async with self._clock.at_most(SECONDS + script.size.extra_seconds):
                try:
                    if _may_reuse(script):
                        return await self._sounds.sound(self._key(script), lambda: self._make(script, charge))
                    return MadeSound(await self._make(script, charge), is_new=True)
                except FishAudioError as error:
                    raise await self._explained(error, script) from None
        except TimeoutError:
            raise Unspoken(NO_ANSWER) from None

    async def _make(self, script: Script, charge: Charge | None) -> bytes:
        """Have Fish Audio make the sound. Count it now if it was not counted, since it was at hand then."""
        late = await self._charge(script) if charge is None else None
        request = script.request
        try:
            excerpt, is_wanted = None, None
            if request.once is not None:
                excerpt = await self._excerpts.of_once(request.once, request.asker, request.place.guild_id)
                is_wanted = self._excerpts.is_once_wanted(request.once)
            elif script.imitates:
                excerpt = await self._excerpts.of_voice(script.voice, request.asker, request.place.guild_id)
                is_wanted = self._excerpts.is_wanted(script.voice)
            frames = await self._synthesis.unlabelled_mp3(
                script.words,
                script.voice,
                member_id=request.asker.id,
                guild_id=request.place.guild_id,
                speed=request.speed,
                volume=request.volume,
                size=script.size,
                excerpt=excerpt,
                is_wanted=is_wanted,
            )
        except BaseException:
            if late is not None:
                await asyncio.shield(self._allowances.give_back(late))
            raise
        if late is not None:
            await self._allowances.settle(late)
        return frames

    async def _charge(self, script: Script) -> Charge:
        if script.request.is_preview:
            try:
                return await self._allowances.charge_preview(script.request.asker.id, previews.LONGEST)
            except AllowanceUsedUp:
                raise NoPreviewLeft from None
        return await self._allowances.charge(script.request.asker.id, script.rules, len(script.words))

    def _key(self, script: Script) -> bytes:
        request = script.request
        return self._sounds.key(
            script.words, script.voice, speed=request.speed, volume=request.volume, bitrate=script.size.bitrate
        )

    async def _explained(self, error: FishAudioError, script: Script) -> Unspoken:
        """Return what the member is told. Alerts the host to their trouble, and ends a voice that is gone."""
        match error:
            case Refused() if script.request.once is not None:
                return Unspoken(
                    f"Fish Audio refused this text with that recording ({plain(error.reason)}). Change one of them and "
                    "try again."
                )
            case Refused() if script.imitates:
                return Unspoken(
                    f"Fish Audio refused this text in a voice that is not trained yet ({plain(error.reason)}). Please "
                    f"change it, or try again when {quoted(script.voice.name)} is ready."
                )
            case Refused() | VoiceGone():
                return await self._explained_by_voice(error, script.voice, script.request.asker)
            case _:
                return Unspoken(await self._alerts.explanation(error))

    async def _explained_by_voice(self, error: Refused | VoiceGone, voice: Voice, asker: Member) -> Unspoken:
        """Read the voice again to find out whether the text or the voice caused a refusal."""
        name = quoted(voice.name)
        changed = f"{name} has just changed, so nothing was made. Please try again."
        try:
            now = await self._fish_audio.voice(voice.fish_id or "")
        except VoiceGone:
            if not await self._trainings.fail(voice, "The voice was removed at Fish Audio."):
                return Unspoken(changed)
            return Unspoken(f"{name} was removed at Fish Audio and can't speak any more; {_told(voice, asker)}.")
        except FishAudioError:
            return Unspoken(NO_ANSWER)
        if now.taken_down or now.state == "failed":
            if not await self._trainings.fail(voice, "Fish Audio has taken this voice down."):
                return Unspoken(changed)
            return Unspoken(f"Fish Audio has taken {name} down, so it can't speak any more; {_told(voice, asker)}.")
        if isinstance(error, VoiceGone) or _is_unfinished(now):
            return Unspoken(f"Fish Audio can't speak with {name} right now. Please try again in a few minutes.")
        return Unspoken(f"Fish Audio refused this text ({plain(error.reason)}). Please change it and try again.")


def _check_rules(rules: ServerRules, request: SpeechRequest, *, is_blocked: bool) -> None:
    """Raise Blocked or NotAllowedHere if a rule of the server forbids a request, whatever its words are."""
    check_speaking(rules, request.asker, request.place, request.text, is_blocked=is_blocked)
    if request.source is not None:
        check_spoken_messages(rules)


def _counted_characters(script: Script) -> int:
    """Return what a new sound adds to the characters that its asker has had spoken; previews are counted apart."""
    return 0 if script.request.is_preview else len(script.words)


def _may_reuse(script: Script) -> bool:
    if script.request.once is not None:
        return False
    return not script.request.is_repeated and (script.rules is None or script.rules.sounds_reused)


def file_name(voice_name: str) -> str:
    """Return a file name made of the voice's ASCII letters and digits; `voice.mp3` if it has none."""
    letters = unicodedata.normalize("NFKD", voice_name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")
    return f"{stem or 'voice'}.mp3"


def _is_unfinished(voice: FishVoice) -> bool:
    return voice.state != "trained"


def _told(voice: Voice, asker: Member) -> str:
    return "I will tell you more on your own" if asker.id == voice.owner_id else f"{plain(voice.owner_name)} is told"
