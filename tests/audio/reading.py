"""Reads samples as AudioReader does, but in this process, for tests that are not about the worker."""

from functools import lru_cache

import pytest

from bot.audio.confined.sound import speech
from bot.audio.confined.worker import read
from bot.audio.exchange import Reading, reading_in
from bot.audio.kinds import refuse_at_sight
from bot.audio.riff import mono_wav
from bot.audio.tips import report
from bot.models.samples import SampleReport


@lru_cache(maxsize=32)  # many tests compare with the report of the same WAV
def judged_here(data: bytes) -> SampleReport:
    """Return the whole report, as the worker makes it."""
    refuse_at_sight(data)
    return report(_answer(data)[0].figures)


def read_here(data: bytes) -> SampleReport:
    """Return the report, but do not judge how much of it is speech: that takes longer than all else together."""
    refuse_at_sight(data)
    return report(_unjudged(data)[0].figures)


def kept_here(data: bytes) -> bytes:
    """Return the WAV that is kept of a sample."""
    refuse_at_sight(data)
    answer, sound = _unjudged(data)
    return mono_wav(sound, sample_rate=answer.sample_rate) if sound else data


@lru_cache(maxsize=16)  # a report and what is kept are often looked at together
def _unjudged(data: bytes) -> tuple[Reading, bytes]:
    """Read as on a system for which there is no model of speech."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speech, "MicroVad", None)
        return _answer(data)


def _answer(data: bytes) -> tuple[Reading, bytes]:
    line, _, sound = read(data).partition(b"\n")
    return reading_in(line), sound
