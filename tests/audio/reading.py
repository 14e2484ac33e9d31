"""Reads samples as AudioReader does, but in this process, for tests that are not about the worker."""

from functools import lru_cache

from bot.audio.confined.worker import read
from bot.audio.exchange import reading_in
from bot.audio.kinds import refuse_at_sight
from bot.audio.riff import mono_wav
from bot.audio.tips import report
from bot.models.samples import SampleReport


@lru_cache(maxsize=32)  # many tests compare with the report of the same WAV
def read_here(data: bytes) -> SampleReport:
    refuse_at_sight(data)
    return report(reading_in(_answer(data)[0]).figures)


def kept_here(data: bytes) -> bytes:
    """Return the WAV that is kept of a sample."""
    refuse_at_sight(data)
    line, sound = _answer(data)
    answer = reading_in(line)
    return mono_wav(sound, sample_rate=answer.sample_rate) if sound else data


@lru_cache(maxsize=1)  # a report and what is kept are often looked at together
def _answer(data: bytes) -> tuple[bytes, bytes]:
    line, _, sound = read(data).partition(b"\n")
    return line, sound
