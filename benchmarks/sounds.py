"""A speech service that answers after a known time with an MP3 that only this text has."""

import asyncio
import hashlib
import random
import time
from collections.abc import Iterator
from itertools import count

from sandbox.fish_audio.speech.encoding import encode
from sandbox.sound import Sound
from sandbox.speech import speak

SPREAD = 0.25  # of the time that a text takes, up or down
TEXT_LENGTH = 60  # characters
_SYLLABLES = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu")


class ReadyMade:
    """Sounds made beforehand: speaking them costs the driver next to nothing."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.took: dict[str, float] = {}  # by text, in seconds
        self.begun_at: dict[str, float] = {}  # by text, by the clock of this process
        self.asked = 0
        self._template, self._place = _template()

    async def speak(self, text: str) -> bytes:
        self.asked += 1
        took = self.seconds * random.uniform(1 - SPREAD, 1 + SPREAD)
        self.took[text], self.begun_at[text] = took, time.perf_counter()
        await asyncio.sleep(took)
        return self.of(text)

    def of(self, text: str) -> bytes:
        """Return the MP3 of a text: the same frames for all, with a digest of the text in the data of one of them."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:16].encode()  # letters: never the beginning of a frame
        return self._template[: self._place] + digest + self._template[self._place + len(digest) :]


def texts() -> Iterator[str]:
    """Return texts of `TEXT_LENGTH` characters that all differ, and are spoken as they are written."""
    for number in count(random.randrange(10**6)):
        words = "".join(_SYLLABLES[int(digit)] for digit in f"{number:09}")
        yield f"{words} says the quick brown fox and the lazy dog sleeps on.".ljust(TEXT_LENGTH, "a")[:TEXT_LENGTH]


def _template() -> tuple[bytes, int]:
    """Return about four seconds of speech as 128 kbit/s frames, and a place within the data of the last but one."""
    sound: Sound = speak("The quick brown fox jumps over the lazy dog, and the dog sleeps on.")
    frames = encode(sound, format="mp3", rate=44_100, bitrate=128_000)
    return frames, len(frames) - 2 * 417 + 200


def without_tags(mp3: bytes) -> bytes:
    """Return what follows the ID3v2 tag at the beginning of a file."""
    if not mp3.startswith(b"ID3"):
        return mp3
    size = 0
    for seven_bits in mp3[6:10]:
        size = size << 7 | seven_bits
    return mp3[10 + size :]
