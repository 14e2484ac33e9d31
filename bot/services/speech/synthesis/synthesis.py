"""Turns words into a labelled MP3. Asks Fish Audio again after failures that may pass."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from secrets import token_hex
from typing import Literal, TypedDict

from bot.audio.mp3.mpeg import sound_hash, whole_frames
from bot.audio.mp3.tags import tag_mp3
from bot.audio.ogg.comments import comment_packet
from bot.audio.ogg.opus import write_ogg
from bot.audio.voice_messages import VoiceMessage
from bot.clock import Clock
from bot.errors import AnswerTooLong, Busy, FishAudioError, NoAnswer, NoSound, NotReached, Unclear
from bot.fish_audio.client import FishAudio, StillWanted
from bot.fish_audio.fair_gate import Askers
from bot.models.samples import Excerpt
from bot.models.sounds import Sound, SpokenMessage
from bot.models.voices import Voice
from bot.services.common.signing import Signer
from bot.services.provenance.marks import mark
from bot.services.speech.synthesis.bill import Bill
from bot.services.speech.synthesis.circuit import Circuit, Request
from bot.services.speech.synthesis.sizes import Size
from bot.tries import tries

SECONDS = 55.0  # for all attempts and the wait for a turn; `/say` needs the rest of its minute to answer
FIRST_SOUND_SECONDS = 20.0  # from the first asking until sound begins to come; a long text may take longer after that
MOST_ATTEMPTS = 10
MOST_BROKEN_OFF = 2  # sounds that had begun to come: each one is billed
MOST_UNANSWERED = 3  # attempts without any answer: each one may be billed
USUAL_SIZE = Size()
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 10.0  # seconds


class Synthesis:
    def __init__(self, fish_audio: FishAudio, signer: Signer, circuit: Circuit, clock: Clock) -> None:
        self._fish_audio = fish_audio
        self._signer = signer
        self._circuit = circuit
        self._clock = clock

    async def unlabelled_mp3(
        self,
        words: str,
        voice: Voice,
        *,
        bill: Bill,
        askers: Askers,
        speed: float = 1.0,
        volume: float = 0.0,
        size: Size = USUAL_SIZE,
        excerpt: Excerpt | None = None,
        is_wanted: StillWanted | None = None,
        first_sound_seconds: float = FIRST_SOUND_SECONDS,
    ) -> bytes:
        """Return the words as an MP3 without tags. Tries again for `SECONDS`, if that may help.

        A long text gets more time, as its `size` says. Gives up earlier if no sound has begun to come
        `first_sound_seconds` after Fish Audio was first asked.
        `askers` wait for a turn at Fish Audio; `speed` is a factor, `volume` is in dB.
        `excerpt` is imitated instead of the trained voice. `is_wanted` is asked when the turn has come.
        Raises the last FishAudioError, `Busy` if no turn has come; while the circuit is open, it asks nothing.
        `bill` tells, also during the call and however it ends, whether Fish Audio counts it.
        """
        speak = partial(
            self._fish_audio.speak,
            words,
            voice=excerpt or voice.fish_id or "",
            speed=speed,
            volume=volume,
            bitrate=size.bitrate,
            extra_seconds=size.extra_seconds,
            askers=askers,
        )
        with self._circuit.request() as request:

            async def turn_comes() -> bool:
                return (is_wanted is None or await is_wanted()) and await request.turn_comes()

            return await self._attempted(
                partial(speak, is_wanted=turn_comes), request, bill, SECONDS + size.extra_seconds, first_sound_seconds
            )

    async def _attempted(
        self,
        speak: Callable[..., Awaitable[bytes]],
        request: Request,
        bill: Bill,
        seconds: float,
        first_sound_seconds: float,
    ) -> bytes:
        policy = RetryPolicy(request, bill, seconds, first_sound_seconds)
        try:
            async with self._clock.at_most(seconds), self._clock.deadline() as first_deadline:

                def asking() -> None:
                    first_deadline.start(first_sound_seconds)
                    policy.asking()
                    request.asking()

                def sound_comes() -> None:
                    first_deadline.end()
                    policy.sound_comes()

                async for attempt in tries(policy, attempts=MOST_ATTEMPTS, timeout=None):
                    with attempt:
                        answer = await speak(on_asking=asking, on_sound=sound_comes)
                        frames = whole_frames(answer)
                        if frames is None:
                            raise NoSound(f"{len(answer)} bytes without sound")
                        return frames
        except TimeoutError:
            if not request.was_asked:
                raise Busy("no turn has come") from None
            raise policy.last_trouble or Unclear("no sound before the deadline") from None
        raise Unclear("no attempt was made")

    def check(self) -> None:
        """Raise the FishAudioError that is known to stand in the way, if there is one."""
        self._circuit.check()

    def labelled(self, frames: bytes, voice: Voice, occasion: str) -> Sound:
        """Add ID3 tags that call the sound synthetic, for when the file is passed on without its message.

        `occasion` ends the label. Each call gives the sound an id and a mark of its own.
        """
        sound_id, hash_ = token_hex(8), sound_hash(frames)
        return Sound(id=sound_id, hash=hash_, data=tag_mp3(frames, **self._labels(sound_id, hash_, voice, occasion)))

    def labelled_message(
        self, message: VoiceMessage, voice: Voice, occasion: str, *, sound_id: str | None = None
    ) -> SpokenMessage:
        """Add comments to a voice message that say what the tags of `labelled` say.

        `sound_id` is that of the file of which it is made, if there is one.
        """
        sound, sound_id = message.sound, sound_id or token_hex(8)
        comments = comment_packet(**self._labels(sound_id, sound.hash, voice, occasion))
        return SpokenMessage(
            id=sound_id,
            hash=sound.hash,
            data=write_ogg(sound, comments, serial=int(sound_id[:8], 16)),
            seconds=sound.seconds,
            waveform=message.waveform,
        )

    def _labels(self, sound_id: str, hash_: str, voice: Voice, occasion: str) -> "_Labels":
        whose = voice.heard_name
        return {
            "title": voice.name,
            "artist": f"{voice.name} (synthetic voice of {whose})",
            "comment": f"Synthetic speech in the voice “{voice.name}” of {whose}, {occasion}. No person said this.",
            "mark": mark(self._signer, sound_id, hash_, self._clock.now()),
        }


class _Labels(TypedDict):
    """What a file says about itself."""

    title: str
    artist: str
    comment: str
    mark: str


class RetryPolicy:
    """Decides after which failures to try again, and after what pause.

    The pauses grow. A Retry-After of the service can lengthen a pause, but never shorten it.
    """

    def __init__(
        self, request: Request, bill: Bill, seconds: float, first_sound_seconds: float = FIRST_SOUND_SECONDS
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._request = request
        self._bill = bill
        self._deadline = self._last_deadline = self._loop.time() + seconds
        self._first_sound_seconds = first_sound_seconds
        self._pause = FIRST_PAUSE
        self._soundless = self._unanswered = 0
        self.last_trouble: FishAudioError | None = None

    def asking(self) -> None:
        """Take note that Fish Audio is asked, so that sound must come soon."""
        if not self._request.was_asked:
            self._deadline = min(self._loop.time() + self._first_sound_seconds, self._last_deadline)

    def sound_comes(self) -> None:
        """Take note that Fish Audio speaks, so that there is time until the last deadline."""
        self._deadline = self._last_deadline
        self._bill.sound_comes()

    def __call__(self, error: Exception) -> bool | float:
        if isinstance(error, FishAudioError):
            self.last_trouble = error
        self._bill.attempt_ends(with_sound=not isinstance(error, NoSound))
        self._unanswered += isinstance(error, NoAnswer)
        match error:
            case AnswerTooLong():
                return False
            case Unclear() if self._bill.broken_off >= MOST_BROKEN_OFF or self._unanswered >= MOST_UNANSWERED:
                return False
            case Busy() | Unclear():
                return self._pause_of(error.retry_after or 0.0)
            case NotReached():
                return self._pause_of(0.0)
            case NoSound():
                self._soundless += 1
                return self._pause_of(0.0) if self._soundless == 1 else False  # twice is final
            case _:
                return False

    def _pause_of(self, least: float) -> float | Literal[False]:
        """Return the next pause in seconds, at least `least`; False if nothing would be asked after it."""
        if not self._request.may_ask():
            return False
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        if self._loop.time() + least >= self._deadline:
            return False
        return max(least, pause) + random.uniform(0, pause / 2)  # noqa: S311 - spreads load, guards nothing
