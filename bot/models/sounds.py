"""Sounds that the bot has made, and how they are posted."""

from dataclasses import dataclass, field
from enum import StrEnum


class PostAs(StrEnum):
    """The form in which a sound is posted."""

    FILE = "file"
    VOICE_MESSAGE = "voice message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A file that is labelled as synthetic, by words and by a mark that only this bot can make."""

    id: str  # of the mark, and of the record if there is one
    hash: str  # SHA-256 of the sound without its tags, as hexadecimal letters
    data: bytes = field(repr=False)  # an MP3


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenMessage(Sound):
    """A sound to be posted as a voice message: its `data` is Opus in an Ogg file."""

    seconds: float
    waveform: bytes = field(repr=False)  # how loud it is from its beginning to its end, 0 to 255
