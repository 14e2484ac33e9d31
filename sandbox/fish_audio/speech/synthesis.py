"""Turns checked text into encoded speech."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from sandbox.fish_audio.speech.encoding import encode
from sandbox.fish_audio.speech.mpeg import SILENT_FRAME
from sandbox.sound import Sound
from sandbox.speech import speak

_SPEAKER = re.compile(r"<\|speaker:(\d+)\|>")
_MARK = re.compile(r"<\|[^|]*\|>")
_CUE = re.compile(r"\[[^\]]*\]")
_S1_CUE = re.compile(r"\((?:happy|sad|angry|excited|calm|whispering|shouting|soft tone|in a hurry tone)\)")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says before the next one does."""

    speaker: int
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a text is to sound and in which file; hashable, so that equal speech is made once."""

    speed: float
    volume: float  # dB
    format: str
    rate: int  # Hz
    bitrate: int | None  # bit/s; None leaves it to the encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A recording that was sent along, to be imitated."""

    text: str  # what is said in it, as the sender claims
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One synthesis that was done and charged."""

    text: str
    voice_ids: tuple[str, ...]  # empty for the engine's own voice and for inline references
    titles: tuple[str, ...]  # of those voices, at that time
    engine: str
    parameters: Mapping[str, object]  # every documented field with its value or default
    references: tuple[Reference, ...] = ()  # one for each speaker who was imitated
    audio: bytes = field(repr=False)

    @property
    def voice_id(self) -> str | None:
        return self.voice_ids[0] if self.voice_ids else None


def turns(text: str) -> list[Turn]:
    """Split at `<|speaker:N|>`; what comes before the first mark belongs to speaker 0."""
    first, *rest = _SPEAKER.split(text)
    found = [Turn(int(speaker), said) for speaker, said in zip(rest[::2], rest[1::2], strict=True)]
    return [Turn(0, first), *found] if first.strip() else found


def speakable(text: str, engine: str) -> str:
    """Remove the marks that steer the delivery; `s1` knows some words in round brackets, and reads the rest."""
    bare = _MARK.sub(" ", text)
    return (_S1_CUE if engine == "s1" else _CUE).sub(" ", bare).strip()


@lru_cache(maxsize=256)
def render(lines: tuple[tuple[str, float], ...], delivery: Delivery) -> bytes:
    """Return the file with each text at its pitch in Hz, one after the other."""
    sounds = [speak(text, pitch=pitch, speed=delivery.speed) for text, pitch in lines if text]
    if not any(len(sound.samples) for sound in sounds):
        return SILENT_FRAME if delivery.format == "mp3" else b""
    sound = Sound(np.concatenate([sound.samples for sound in sounds]), sounds[0].rate)
    return encode(sound.louder(delivery.volume), format=delivery.format, rate=delivery.rate, bitrate=delivery.bitrate)
