"""Measures a recording: loudness, peak, clipping, pauses, and which part to keep. Runs in the worker only."""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from bot.audio.confined.sound.channels import ChannelMeter, Mix, Mono
from bot.audio.confined.sound.levels import PAUSE_DB, Levels, reached_power
from bot.audio.confined.sound.recordings import Recording, Stretch
from bot.audio.exchange import Figures
from bot.audio.refusals import MIN_SAMPLE_SECONDS, SilentSample

_NO_SAMPLE = -1.0  # stands for a sample that is not there, and is below every full scale
_CLIPPED_RUN = 3  # samples in a row at full scale; Audacity's “Find Clipping” starts there too
_QUIETEST_LUFS = -70.0  # the absolute gate of BS.1770: below it there is no loudness
_RELATIVE_GATE = 0.1  # of the power: what is quieter than the rest by 10 dB is not counted
_LUFS_OF_FULL_POWER = 0.691  # dB, by BS.1770: with it, a sine of 997 Hz reads the same as without the filters
_STEPS_OF_BLOCK = 4  # of 100 ms

_EDGE_SECONDS = 0.5  # of silence that stay before the first and behind the last sound
_LEAST_TRIMMED_SECONDS = 0.5  # less is not worth a copy of a file that could be kept as it is

_AUDIBLE_DBFS = -50  # a second above this counts as sound, whatever it is
_VARIED_DB = 10  # below it, only what varies so much counts as sound: an even noise is the microphone's own
_NOTHING_DBFS, _NOTHING_FLOAT_DBFS = -80, -160  # never sound: below -80 the steps of 16 bits show; floats have none

_HIGHEST_DBFS = -1.0  # the peak of what is turned up or down; no device cuts it off
_RAISED_BELOW_LUFS = -40  # so quiet that people and speech recognition would take it for silence
_RAISED_TO_LUFS = -23  # what broadcasters level speech to (EBU R 128)
_LEAST_GAIN = 0.5  # dB; a smaller change cannot be heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured. The recording is kept from the moment `start` to `end`: without the silence at its edges."""

    figures: Figures
    mix: Mix
    start: int
    end: int

    def keeps_all_of(self, recording: Recording) -> bool:
        return (self.start, self.end) == (0, recording.moments)


def measure(recording: Recording) -> Measured:
    """Measure a recording. Raises SampleRefused if it cannot be a sample.

    The channels are measured first, and all else in their mix, since the mix is what is kept, heard and sent.
    """
    channels, clipping = ChannelMeter(recording), _Clipping(recording.channels, recording.full_scale)
    loudness = _Loudness(recording.sample_rate)
    for stretch in recording.stretches():
        peaks = np.maximum(stretch.max(axis=0), -stretch.min(axis=0))
        channels.hear(stretch, peaks)
        clipping.hear(stretch, peaks)
        if recording.channels == 1:
            loudness.hear(stretch[:, 0])
    mix, levels, peak = channels.mix(), channels.levels, channels.peak()
    if not mix.is_all_of(peak):
        levels, loudness, peak = Levels(recording.sample_rate, 1), _Loudness(recording.sample_rate), 0.0
        for stretch in recording.stretches():
            mono = mix.of(stretch)
            peak = max(peak, float(np.abs(mono).max()))
            levels.hear(mono[:, np.newaxis])
            loudness.hear(mono)
    powers, lufs = levels.powers()[:, 0], loudness.integrated(mix.ceiling or 1.0)
    if _is_silent(powers, is_float=recording.is_float):
        raise SilentSample
    start, end, silence = _kept_part(powers, levels.window, recording)
    figures = Figures(
        seconds=(end - start) / recording.sample_rate,
        sample_rate=recording.sample_rate,
        channels=recording.channels,
        loudness=lufs,
        peak=_decibels(peak),
        clipped=clipping.samples() / (recording.moments * recording.channels),
        silence=silence,
        gain=_gain(_decibels(peak), lufs),
        offset=channels.offset(),
        likeness=channels.likeness(),
    )
    return Measured(figures=figures, mix=mix, start=start, end=end)


def _decibels(amplitude: float) -> float:
    return 20 * math.log10(amplitude) if amplitude else -math.inf


def _is_silent(powers: NDArray[np.float64], *, is_float: bool) -> bool:
    speech = reached_power(powers)
    if speech <= 10 ** ((_NOTHING_FLOAT_DBFS if is_float else _NOTHING_DBFS) / 10):
        return True
    varies = speech >= np.quantile(powers, 0.1) * 10 ** (_VARIED_DB / 10)
    return speech <= 10 ** (_AUDIBLE_DBFS / 10) and not varies


def _kept_part(powers: NDArray[np.float64], window: int, recording: Recording) -> tuple[int, int, float]:
    """Return where the kept part begins and ends, in moments, and how much of it is pauses."""
    is_speech = powers > reached_power(powers) * 10 ** (-PAUSE_DB / 10)
    spoken = np.flatnonzero(is_speech)
    edge, shortest = _EDGE_SECONDS * recording.sample_rate, MIN_SAMPLE_SECONDS * recording.sample_rate
    start = max(0, int(spoken[0] * window - edge))
    end = min(recording.moments, max(int((spoken[-1] + 1) * window + edge), start + shortest))
    start = max(0, min(start, end - shortest))  # what was long enough stays so
    least = _LEAST_TRIMMED_SECONDS * recording.sample_rate
    first = start if start >= least else 0
    last = end if end <= recording.moments - least else recording.moments
    kept = is_speech[first // window : math.ceil(last / window)]
    return first, last, float(1 - kept.mean())


def _gain(peak: float, loudness: float) -> float:
    """Return by how many dB to make a recording louder so that it is heard and fits into 16 bits; mostly 0."""
    if peak > 0:
        return _HIGHEST_DBFS - peak
    gain = min(_RAISED_TO_LUFS - loudness, _HIGHEST_DBFS - peak)
    return gain if loudness < _RAISED_BELOW_LUFS and gain > _LEAST_GAIN else 0.0


class _Clipping:
    """Counts the samples that are cut off, in any channel: those in a run at full scale.

    A float beyond full scale is not cut off: nothing of it is lost.
    """

    def __init__(self, channels: int, full_scale: float) -> None:
        self._full_scale = full_scale
        self._reach = _CLIPPED_RUN - 1  # how far a sample's run may stretch to either side
        self._last: Stretch = np.full((2 * self._reach, channels), _NO_SAMPLE)
        self._samples = 0

    def hear(self, stretch: Stretch, peaks: NDArray[np.float64]) -> None:
        """Count in the next stretch; `peaks` has the highest amplitude of each channel in it."""
        if max(peaks.max(), self._last.max()) < self._full_scale:
            self._last = np.concatenate((self._last, np.abs(stretch[-2 * self._reach :])))[-2 * self._reach :]
        else:
            self._count(np.abs(stretch))

    def samples(self) -> int:
        self._count(np.full_like(self._last[: self._reach], _NO_SAMPLE))
        return self._samples

    def _count(self, amplitude: Stretch) -> None:
        """Count all samples but the last two, whose runs may go on in the next stretch."""
        heard = np.concatenate((self._last, amplitude))
        full = (heard >= self._full_scale) & (heard <= 1.0)
        runs = full[:-2] & full[1:-1] & full[2:]
        clipped = np.zeros_like(full)
        for shift in range(_CLIPPED_RUN):
            clipped[shift : shift + len(runs)] |= runs
        self._samples += int(np.count_nonzero(clipped[self._reach : -self._reach]))
        self._last = heard[-2 * self._reach :]


class _Loudness:
    """Measures the integrated loudness of one channel (ITU-R BS.1770-5); FFmpeg applies the filters of the standard.

    FFmpeg's own `ebur128` gives the same result in three times the processor time, since it computes more.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate, self._moments = sample_rate, 0
        self._step = sample_rate // 10
        self._rest: Mono = np.empty(0)
        self._steps: list[NDArray[np.float64]] = []
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        self._graph.link_nodes(
            self._graph.add_abuffer(
                sample_rate=sample_rate, format="dbl", layout="mono", time_base=Fraction(1, sample_rate)
            ),
            *(self._graph.add("biquad", f"{each}:r=f64:transform=di") for each in _weighting(sample_rate)),
            self._graph.add("abuffersink"),
        ).configure()

    def hear(self, mono: Mono) -> None:
        frame = av.AudioFrame.from_ndarray(mono.reshape(1, -1), "dbl", "mono")
        frame.sample_rate, frame.pts = self._sample_rate, self._moments
        self._moments += len(mono)
        self._graph.push(frame)
        with suppress(BlockingIOError):  # it wants more before it says more
            while True:
                self._add(self._graph.pull().to_ndarray()[0])

    def integrated(self, full_scale: float) -> float:
        """Return the loudness in LUFS. The gate for silence is set for sound whose full scale is `full_scale`."""
        steps = np.concatenate(self._steps)
        blocks = np.convolve(steps, np.full(_STEPS_OF_BLOCK, 1 / _STEPS_OF_BLOCK), mode="valid")
        quietest = _power_of(_QUIETEST_LUFS) * full_scale**2
        heard = blocks[blocks > quietest]
        heard = heard[heard > _RELATIVE_GATE * heard.mean()] if len(heard) else heard
        return _lufs_of(float(heard.mean()) if len(heard) else quietest)

    def _add(self, weighted: Mono) -> None:
        heard = np.concatenate((self._rest, weighted))
        whole = len(heard) // self._step * self._step
        steps = heard[:whole].reshape(-1, self._step)
        self._steps.append(np.einsum("sm,sm->s", steps, steps) / self._step)
        self._rest = heard[whole:].copy()  # so that the rest of it is free


def _weighting(sample_rate: int) -> Iterator[str]:
    """Yield the two filters of BS.1770 (a shelf for the head, a high-pass) as coefficients for FFmpeg at this rate.

    The standard has them for 48 kHz alone; these are the analog filters behind them, as in FFmpeg and libebur128.
    """
    slope = math.tan(math.pi * 1681.974450955533 / sample_rate)
    high, band = 1.584864701130855, 1.2587209302325617  # 4 dB above 2 kHz, and at the edge
    damping = slope / 0.7071752369554196
    yield _biquad(
        (high + band * damping + slope**2, 2 * (slope**2 - high), high - band * damping + slope**2),
        (1 + damping + slope**2, 2 * (slope**2 - 1), 1 - damping + slope**2),
    )
    slope = math.tan(math.pi * 38.13547087602444 / sample_rate)
    damping = slope / 0.5003270373238773
    scale = 1 + damping + slope**2
    yield _biquad((scale, -2 * scale, scale), (scale, 2 * (slope**2 - 1), 1 - damping + slope**2))


def _biquad(zeros: Sequence[float], poles: Sequence[float]) -> str:
    names = ("b0", "b1", "b2", "a0", "a1", "a2")
    return ":".join(f"{name}={value!r}" for name, value in zip(names, (*zeros, *poles), strict=True))


def _power_of(lufs: float) -> float:
    return 10 ** ((lufs + _LUFS_OF_FULL_POWER) / 10)


def _lufs_of(power: float) -> float:
    return 10 * math.log10(power) - _LUFS_OF_FULL_POWER
