"""Speech without a network: what the stand-ins say, and recordings of people who do not exist."""

import hashlib
import io
import logging
import wave
from functools import cache, lru_cache

import numpy as np

from sandbox import espeak
from sandbox.sound import NotAudioError, Sound, pitch_of

__all__ = ["PASSAGE", "NotAudioError", "pitch_of", "sample_wav", "speak", "text_of_sample"]

log = logging.getLogger(__name__)

PASSAGE = (
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. "
    "The rainbow is a division of white light into many beautiful colours. "
    "These take the shape of a long round arch, with its path high above, and its two ends apparently "
    "beyond the horizon. There is, according to legend, a boiling pot of gold at one end. "
    "People look, but no one ever finds it."
)  # the opening of the Rainbow Passage, which speech clinics have long had people read aloud

_sample_texts: dict[bytes, str] = {}


def speak(text: str, *, pitch: float = 120.0, speed: float = 1.0) -> Sound:
    """Speak `text` in English at about `pitch` Hz (67 to 311); hum it if espeak-ng cannot be loaded."""
    return _spoken(text, pitch, speed)


@lru_cache(maxsize=128)
def _spoken(text: str, pitch: float, speed: float) -> Sound:
    try:
        return espeak.engine().pronounce(text, pitch=pitch, speed=speed)
    except espeak.NoSpeechEngineError as error:
        _complain(str(error))
        return hum(text, pitch=pitch, speed=speed)


def hum(text: str, *, pitch: float, speed: float) -> Sound:
    """Return a tone of that pitch that swells about once per syllable, as long as speech would take."""
    rate, seconds = 22_050, max(len(text.strip()), 1) / 15 / speed
    time = np.arange(int(rate * seconds)) / rate
    tone = sum(np.sin(2 * np.pi * pitch * overtone * time) / overtone for overtone in range(1, 6))
    swell = np.sin(np.pi * 5 * speed * time) ** 2
    return Sound((swell * tone).astype(np.float32), rate).as_loud_as_speech()


def sample_wav(
    text: str | None = None, *, seconds: float = 12, pitch: float = 120.0, sample_rate: int = 44_100
) -> bytes:
    """Return a 16-bit mono WAV of exactly `seconds`: somebody reads `text`, or a passage, over and over in a room.

    The room is noise at about -66 dBFS, without which no recording is real.
    """
    return _recorded(text or PASSAGE, seconds, pitch, sample_rate)


@lru_cache(maxsize=32)
def _recorded(text: str, seconds: float, pitch: float, sample_rate: int) -> bytes:
    reading = speak(text, pitch=pitch).at(sample_rate).samples
    length, pause = int(seconds * sample_rate), np.zeros(int(0.4 * sample_rate), np.float32)
    turn = np.concatenate([pause, reading])
    spoken = np.tile(turn, length // len(turn) + 1)[:length]
    room = np.random.default_rng(seed=1).normal(0, 0.0005, length).astype(np.float32)
    recording = _wav(Sound(spoken + room, sample_rate))
    _sample_texts[_fingerprint(recording)] = text
    return recording


def text_of_sample(recording: bytes) -> str | None:
    """Return the text of a WAV of `sample_wav`; None for any other sound."""
    return _sample_texts.get(_fingerprint(recording))


def _wav(sound: Sound) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sound.rate)
        writer.writeframes(sound.pcm())
    return file.getvalue()


def _fingerprint(recording: bytes) -> bytes:
    return hashlib.sha256(recording).digest()


@cache
def _complain(reason: str) -> None:
    log.error("espeak-ng cannot be loaded, so voices hum instead of speaking: %s", reason)
