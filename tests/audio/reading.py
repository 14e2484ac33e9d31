"""Reads samples as AudioReader does, but in this process, for tests that are not about the worker."""

from functools import lru_cache

import pytest

from bot.audio.confined.sound import speech
from bot.audio.confined.worker import read
from bot.audio.exchange import reading_in
from bot.audio.kinds import refuse_at_sight
from bot.audio.riff import mono_wav
from bot.audio.tips import report
from bot.models.samples import SampleReport


def read_and_judged_here(data: bytes) -> tuple[SampleReport, bytes]:
    """Return all that AudioReader does."""
    refuse_at_sight(data)
    line, _, sound = read(data).partition(b"\n")
    answer = reading_in(line)
    return report(answer.figures), mono_wav(sound, sample_rate=answer.sample_rate) if sound else data


def read_here(data: bytes) -> SampleReport:
    """Return the report, but do not judge how much of it is speech: that takes longer than all else together."""
    return _without_a_model(data)[0]


def kept_here(data: bytes) -> bytes:
    """Return the WAV that is kept of a sample."""
    return _without_a_model(data)[1]


@lru_cache(maxsize=16)  # a report and what is kept are often looked at together, and many tests read the same WAV
def _without_a_model(data: bytes) -> tuple[SampleReport, bytes]:
    """Read as on a system for which there is no model of speech."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speech, "MicroVad", None)
        return read_and_judged_here(data)
