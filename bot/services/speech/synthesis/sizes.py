"""How long a text will sound and how large its file will be, estimated before Fish Audio is asked.

The estimate is for a slow speaker, so most sounds are shorter.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.errors import UserError

USUAL_BITRATE, LOW_BITRATE = 128, 64  # kbit/s, of those that Fish Audio makes

# Seconds at the natural speed.
_LETTER = 0.09
_SYLLABLE = 0.25  # a letter of the scripts that write syllables or words
_DIGIT = 0.35  # which is said as a word
_SIGN = 0.05
_SYLLABIC = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "YI ", "ETHIOPIC", "CANADIAN SYLLABICS")

_TAGS = 16 * 1024  # bytes around the sound
_USUAL_SECONDS = 55.0  # within which most texts are spoken
_MOST_SECONDS = 600.0  # an answer on Discord can be edited for 15 minutes


class TooLargeForDiscord(UserError):
    def __init__(self, seconds: float, most_bytes: int) -> None:
        super().__init__(
            f"That would sound for about {max(1, round(seconds / 60))} minutes, and a file has at most "
            f"{most_bytes / 2**20:.3g} MiB here. Please say it in shorter pieces, or faster."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a text takes."""

    bitrate: int = USUAL_BITRATE  # kbit/s
    extra_seconds: float = 0.0  # that Fish Audio may need beyond the usual


def size_of(words: str, *, speed: float, most_bytes: int | None) -> Size:
    """Choose the bitrate with which the sound of the words fits into a file. Raises TooLargeForDiscord."""
    seconds = sum(map(_seconds_of, words)) / speed
    extra = max(0.0, min(seconds / 2, _MOST_SECONDS) - _USUAL_SECONDS)
    for bitrate in (USUAL_BITRATE, LOW_BITRATE):
        if most_bytes is None or seconds * bitrate * 1000 / 8 + _TAGS <= most_bytes:
            return Size(bitrate=bitrate, extra_seconds=extra)
    raise TooLargeForDiscord(seconds, most_bytes or 0)


@lru_cache(maxsize=4096)  # the same few letters come again and again
def _seconds_of(character: str) -> float:
    if character.isascii():
        return _LETTER if character.isalpha() else _DIGIT if character.isdigit() else _SIGN
    if character.isnumeric() and not character.isalpha():
        return _DIGIT
    if not character.isalpha():
        return _SIGN
    return _SYLLABLE if unicodedata.name(character, "").startswith(_SYLLABIC) else _LETTER
