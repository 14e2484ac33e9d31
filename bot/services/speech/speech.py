"""`/say`: what is asked for is checked and counted, spoken by Fish Audio, and labelled as synthetic."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import FishAudioError, Refused, UserError, VoiceGone
from bot.fish_audio.client import FishAudio
from bot.models import Charge, FishVoice, Member, Place, Sound, Voice
from bot.services.common.alerts import NO_ANSWER, AlertService
from bot.services.common.background import keep_going
from bot.services.common.wording import plain, quoted
from bot.services.servers.rules import RulesService
from bot.services.sharing.usable_voices import UsableVoices
from bot.services.speech.allowances import AllowanceService
from bot.services.speech.synthesis import Synthesis
from bot.services.speech.utterances import UtteranceService
from bot.services.text.spoken_mentions import Mentions
from bot.services.text.spoken_text import spoken
from bot.services.voices.training import TrainingService

SECONDS = 60.0  # from "thinking…" to the sound or to the sentence why there is none

SPEEDS = (0.5, 2.0)  # times the natural speed (Fish Audio's `prosody.speed`)
VOLUMES = (-20.0, 20.0)  # dB (Fish Audio's `prosody.volume`)


class NothingToSay(UserError):
    def __init__(self) -> None:
        super().__init__("There is nothing in that text that can be said aloud. Type some words.")


class TextTooLong(UserError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"A text has at most {limit} characters here; yours has {length}. Please shorten it.")


class Unspoken(UserError):
    """Why a text could not be spoken, when it is nobody's fault in the room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """What a member asked to hear."""

    asker: Member
    place: Place
    text: str  # as typed
    mentions: Mentions
    voice: str | None  # as typed or picked from the list
    speed: float = 1.0
    volume: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A request that was found good: this voice will say this text."""

    request: SpeechRequest
    voice: Voice
    words: str  # as they are spoken


class SpeechService:
    def __init__(
        self,
        usable_voices: UsableVoices,
        rules: RulesService,
        allowances: AllowanceService,
        trainings: TrainingService,
        synthesis: Synthesis,
        utterances: UtteranceService,
        fish_audio: FishAudio,
        alerts: AlertService,
        clock: Clock,
        *,
        longest_text: int,
    ) -> None:
        self._usable_voices = usable_voices
        self._rules = rules
        self._allowances = allowances
        self._trainings = trainings
        self._synthesis = synthesis
        self._utterances = utterances
        self._fish_audio = fish_audio
        self._alerts = alerts
        self._clock = clock
        self._longest_text = longest_text

    async def prepare(self, request: SpeechRequest) -> Script:
        """Check a request. Raises a UserError that says what to change."""
        if self._longest_text and len(request.text) > self._longest_text:
            raise TextTooLong(len(request.text), self._longest_text)
        if not SPEEDS[0] <= request.speed <= SPEEDS[1]:
            raise UserError("The speed goes from 0.5 (half as fast) to 2.0 (twice as fast).")
        if not VOLUMES[0] <= request.volume <= VOLUMES[1]:
            raise UserError("The volume goes from -20 to 20 dB; 0 leaves it as it is.")
        words = spoken(request.text, request.mentions)
        if not words:
            raise NothingToSay
        await self._rules.allow_speaking(request.asker, request.place, request.text, words)
        guild_id = request.place.guild_id
        voice = await self._usable_voices.find_speaking(request.voice, request.asker, guild_id)
        if guild_id is not None and not voice.is_controlled_by(request.asker.id):
            await self._rules.allow_shared_voices(guild_id)
        return Script(request=request, voice=voice, words=words)

    @asynccontextmanager
    async def counted(self, script: Script) -> AsyncGenerator[Charge]:
        """Count the characters, and give them back if the block does not end well. Raises AllowanceUsedUp."""
        charge = await self._allowances.charge(
            script.request.asker.id, script.request.place.guild_id, len(script.words)
        )
        try:
            yield charge
        except BaseException:
            await asyncio.shield(self._allowances.give_back(charge))
            raise

    async def say(self, script: Script, charge: Charge, post: Callable[[Sound], Awaitable[int]]) -> None:
        """Have the sound made and posted, on record from before it is posted until it is.

        `post` gives the id of the message. Raises what it raises, Unspoken and VoiceEnded.
        """
        sound = await self._speak(script)
        request = script.request
        utterance = await self._utterances.begin(
            sound, script.voice, request.asker, request.place, characters=len(script.words)
        )
        try:
            message_id = await post(sound)
        except BaseException:
            await asyncio.shield(self._utterances.withdraw(utterance))
            raise
        with keep_going("could not complete a record"):  # the next start gives the charge back, which harms nobody
            await self._utterances.complete(utterance, message_id, charge)

    async def _speak(self, script: Script) -> Sound:
        """The MP3, tagged as synthetic. Raises Unspoken, within 60 seconds, when there is none to be had."""
        voice, request = script.voice, script.request
        try:
            async with self._clock.at_most(SECONDS):
                try:
                    return await self._synthesis.mp3(
                        script.words,
                        voice,
                        member_id=request.asker.id,
                        occasion=f"asked for by {request.asker.name}",
                        speed=request.speed,
                        volume=request.volume,
                    )
                except FishAudioError as error:
                    raise await self._explained(error, voice, request.asker) from None
        except TimeoutError:
            raise Unspoken(NO_ANSWER) from None

    async def _explained(self, error: FishAudioError, voice: Voice, asker: Member) -> Unspoken:
        """What the member is told; a trouble of the host's or of the voice is passed on to whom it concerns."""
        match error:
            case Refused() | VoiceGone():
                return await self._explained_by_voice(error, voice, asker)
            case _:
                return Unspoken(await self._alerts.explanation(error))

    async def _explained_by_voice(self, error: Refused | VoiceGone, voice: Voice, asker: Member) -> Unspoken:
        """A refusal may be due to the text or to the voice: the voice itself, read again, tells which."""
        name = quoted(voice.name)
        try:
            now = await self._fish_audio.voice(voice.fish_id or "")
        except VoiceGone:
            await self._trainings.fail(voice, "The voice was removed at Fish Audio.")
            return Unspoken(f"{name} was removed at Fish Audio and can't speak any more; {_told(voice, asker)}.")
        except FishAudioError:
            return Unspoken(NO_ANSWER)
        if now.taken_down or now.state == "failed":
            await self._trainings.fail(voice, "Fish Audio has taken this voice down.")
            return Unspoken(f"Fish Audio has taken {name} down, so it can't speak any more; {_told(voice, asker)}.")
        if isinstance(error, VoiceGone) or _is_unfinished(now):
            return Unspoken(f"Fish Audio can't speak with {name} right now. Please try again in a few minutes.")
        return Unspoken(f"Fish Audio refused this text ({plain(error.reason)}). Please change it and try again.")


def file_name(voice_name: str) -> str:
    """The MP3's name after the voice, in letters that every system and Discord keep; `voice.mp3` where none is left."""
    letters = unicodedata.normalize("NFKD", voice_name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")
    return f"{stem or 'voice'}.mp3"


def _is_unfinished(voice: FishVoice) -> bool:
    return voice.state != "trained"


def _told(voice: Voice, asker: Member) -> str:
    return "I will tell you more on your own" if asker.id == voice.owner_id else f"{plain(voice.owner_name)} is told"
