"""Words become an MP3 that has sound in it and says what it is, however often Fish Audio must be asked."""

import asyncio
from secrets import token_hex

import stamina

from bot.audio.mpeg import sound_hash, whole_frames
from bot.audio.tags import tag_mp3
from bot.clock import Clock
from bot.errors import AnswerTooLong, Busy, FishAudioError, NoSound, NotReached, Unclear
from bot.fish_audio.client import FishAudio
from bot.models import Sound, Voice
from bot.services.common.signing import Signer
from bot.services.speech.marks import mark

SECONDS = 55.0  # for all attempts together, waiting for a turn included: the rest of a minute is for saying why not


class Synthesis:
    def __init__(self, fish_audio: FishAudio, signer: Signer, clock: Clock) -> None:
        self._fish_audio = fish_audio
        self._signer = signer
        self._clock = clock

    async def mp3(
        self,
        words: str,
        voice: Voice,
        *,
        member_id: int,
        occasion: str,
        speed: float = 1.0,
        volume: float = 0.0,
        seconds: float = SECONDS,
    ) -> Sound:
        """The words as a labelled MP3; asked for again, until time is up, as long as that may help.

        `member_id` is whose turn it is at Fish Audio, `occasion` ends the label, speed is a factor, volume is in dB.
        Raises the FishAudioError that stood in the way last.
        """
        policy = RetryPolicy(seconds)
        try:
            async with self._clock.at_most(seconds):
                async for attempt in stamina.retry_context(
                    on=policy, attempts=None, timeout=None, wait_initial=0.3, wait_max=10.0, wait_jitter=0.5
                ):
                    with attempt:
                        answer = await self._fish_audio.speak(
                            words,
                            fish_id=voice.fish_id or "",
                            speed=speed,
                            volume=volume,
                            member_id=member_id,
                        )
                        frames = whole_frames(answer)
                        if frames is None:
                            raise NoSound(f"{len(answer)} bytes without sound")
                        return self._labelled(frames, voice, occasion)
        except TimeoutError:
            raise policy.last_trouble or Unclear("no sound before the deadline") from None
        raise Unclear("no attempt was made")

    def _labelled(self, frames: bytes, voice: Voice, occasion: str) -> Sound:
        """The sound with ID3 tags that say what the message beside it says, for when it travels alone."""
        sound_id, hash_ = token_hex(8), sound_hash(frames)
        whose = voice.heard_name
        mp3 = tag_mp3(
            frames,
            title=voice.name,
            artist=f"{voice.name} (synthetic voice of {whose})",
            comment=f"Synthetic speech in the voice “{voice.name}” of {whose}, {occasion}. No person said this.",
            mark=mark(self._signer, sound_id, hash_, self._clock.now()),
        )
        return Sound(id=sound_id, hash=hash_, mp3=mp3)


class RetryPolicy:
    """Which failures may pass, and how long each is given: Retry-After where the service sent one in time."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + seconds
        self._soundless = 0
        self.last_trouble: FishAudioError | None = None

    def __call__(self, error: Exception) -> bool | float:
        self.last_trouble = error if isinstance(error, FishAudioError) else None
        match error:
            case AnswerTooLong():
                return False
            case Busy() | Unclear() if error.retry_after is not None:
                return error.retry_after if self._loop.time() + error.retry_after < self._deadline else False
            case Busy() | Unclear() | NotReached():
                return True
            case NoSound():
                self._soundless += 1
                return self._soundless == 1  # once more; after that it is the answer
            case _:
                return False
