"""Finds the part of a recording that holds the most speech, and cuts it out in pauses. Runs in the worker only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.audio.confined.sound.copying import Sample, resampled, sample_of
from bot.audio.confined.sound.levels import PAUSE_DB, WINDOWS_A_SECOND, Levels, reached_power
from bot.audio.confined.sound.opening import open_recording
from bot.audio.confined.sound.recordings import Recording
from bot.audio.exchange import MAX_EXCERPT_SECONDS, MOST_KEPT_RATE
from bot.audio.refusals import MAX_SAMPLE_SECONDS, MOST_CUT_SECONDS, Undecodable

# Fish Audio advises 10 to 30 s (docs.fish.audio, Text to Speech, `references`). From 20 s on there is always a pause.
_LONGEST, _USUAL = MAX_EXCERPT_SECONDS * WINDOWS_A_SECOND, 20 * WINDOWS_A_SECOND  # windows
_STARTS_EVERY = 5 * WINDOWS_A_SECOND
_PAUSE = WINDOWS_A_SECOND // 5  # a cut needs so much quiet around it that no syllable is cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    sound: bytes  # 16-bit mono
    sample_rate: int  # Hz
    is_whole: bool  # nothing is left out
    spoken_seconds: float  # without the pauses


def excerpt(data: bytes) -> Excerpt:
    """Return a kept sample of up to 30 s whole, and of a longer one the part that holds the most speech.

    Raises Undecodable for a file that `read_sample` would not keep, or another SampleRefused.
    """
    recording = open_recording(data)
    if not recording.is_plain:
        raise Undecodable
    is_whole = recording.seconds <= MAX_EXCERPT_SECONDS
    part = recording if is_whole else recording.part(*_best_part(recording))
    rate = min(part.sample_rate, MOST_KEPT_RATE)
    mono = (stretch[:, 0] for stretch in part.stretches())
    sound = b"".join(resampled(mono, part.sample_rate, rate))
    return Excerpt(
        sound=sound[: MAX_EXCERPT_SECONDS * rate * 2],
        sample_rate=rate,
        is_whole=is_whole,
        spoken_seconds=float(_is_speech(_powers(part)).sum()) / WINDOWS_A_SECOND,
    )


def read_best_part(data: bytes) -> tuple[Sample, float | None]:
    """Read a sample, or the part with the most speech of a recording that is too long for one.

    Returns the sample, and for a part the seconds of the whole, else None. Raises SampleRefused.
    """
    recording = open_recording(data, most_seconds=MOST_CUT_SECONDS)
    if recording.seconds <= MAX_SAMPLE_SECONDS:
        return sample_of(recording), None
    return sample_of(recording.part(*_best_part(recording))), recording.seconds


def _best_part(recording: Recording) -> tuple[int, int]:
    """Return the moments between which the best part lies."""
    first, last = _cuts(_powers(recording))
    window = Levels(recording.sample_rate, recording.channels).window
    start = first * window
    return start, min(last * window, start + MAX_EXCERPT_SECONDS * recording.sample_rate)


def _powers(recording: Recording) -> NDArray[np.float64]:
    """Return the power of each window, over all channels."""
    levels = Levels(recording.sample_rate, recording.channels)
    for stretch in recording.stretches():
        levels.hear(stretch)
    return levels.powers().sum(axis=1)


def _is_speech(powers: NDArray[np.float64]) -> NDArray[np.bool_]:
    return powers > reached_power(powers) * 10 ** (-PAUSE_DB / 10)


def _cuts(powers: NDArray[np.float64]) -> tuple[int, int]:
    """Return between which windows there is the most speech, in a part that begins and ends in pauses."""
    loudness = np.convolve(powers, np.full(_PAUSE, 1 / _PAUSE), mode="same")
    spoken = np.concatenate(([0], np.cumsum(_is_speech(powers))))
    parts: list[tuple[int, int]] = []
    for earliest in range(0, len(powers) - _USUAL, _STARTS_EVERY):
        start = earliest + int(np.argmin(loudness[earliest : earliest + _STARTS_EVERY])) if earliest else 0
        if start + _USUAL < len(powers):
            parts.append((start, start + _USUAL + int(np.argmin(loudness[start + _USUAL : start + _LONGEST]))))
    return max(parts, key=lambda part: round((spoken[part[1]] - spoken[part[0]]) / (part[1] - part[0]), 2))
