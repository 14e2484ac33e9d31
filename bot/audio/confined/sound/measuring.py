"""What can be heard in a recording, in figures. Runs in the worker only."""

import math
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

_NO_SAMPLE = -1.0  # an amplitude below all others: what is not there reaches no full scale, not even that of one bit
_CLIPPED_RUN = 3  # samples in a row at full scale; Audacity's “Find Clipping” starts there too
_QUIETEST_LUFS = -70.0  # the absolute gate of BS.1770: below it there is no loudness

_EDGE_SECONDS = 0.5  # of silence that stay before the first and behind the last sound
_LEAST_TRIMMED_SECONDS = 0.5  # less is not worth a copy of a file that could be kept as it is

_AUDIBLE_DBFS = -50  # a second above this is sound whatever it is
_VARIED_DB = 10  # below that, sound is what varies so much: an even noise is the microphone's own
_NOTHING_DBFS, _NOTHING_FLOAT_DBFS = -80, -160  # the steps of 16 bits are in the way below; floats have no steps

_HIGHEST_DBFS = -1.0  # of what is turned up or down; playing it on any device leaves it whole
_RAISED_BELOW_LUFS = -40  # so quiet that people, and what recognises speech, would take it for silence
_RAISED_TO_LUFS = -23  # what broadcasters level speech to (EBU R 128)
_LEAST_GAIN = 0.5  # dB; nobody hears less


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`start` and `end` are the moments between which the recording is kept: without the silence at its edges."""

    figures: Figures
    mix: Mix
    start: int
    end: int

    def keeps_all_of(self, recording: Recording) -> bool:
        return (self.start, self.end) == (0, recording.moments)


def measure(recording: Recording) -> Measured:
    """Raises the refusal of a recording that cannot be a sample.

    The channels are looked at first. All else is measured in their mix, since that is what is kept, heard and sent.
    """
    channels, clipping = ChannelMeter(recording), _Clipping(recording.channels, recording.full_scale)
    for stretch in recording.stretches():
        channels.hear(stretch)
        clipping.hear(stretch)
    mix = channels.mix()
    levels, loudness = Levels(recording.sample_rate, 1), _Loudness(recording.sample_rate, mix.ceiling)
    peak = 0.0
    for stretch in recording.stretches():
        mono = mix.of(stretch)
        peak = max(peak, float(np.abs(mono).max()))
        levels.hear(mono[:, np.newaxis])
        loudness.hear(mono)
    powers = levels.powers()[:, 0]
    if _is_silent(powers, is_float=recording.is_float):
        raise SilentSample
    start, end, silence = _kept_part(powers, levels.window, recording)
    figures = Figures(
        seconds=(end - start) / recording.sample_rate,
        sample_rate=recording.sample_rate,
        channels=recording.channels,
        loudness=loudness.integrated(),
        peak=_decibels(peak),
        clipped=clipping.samples() / (recording.moments * recording.channels),
        silence=silence,
        gain=_gain(_decibels(peak), loudness.integrated()),
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
    """Count the samples that are cut off, in any channel: those in a run at full scale.

    A float beyond full scale is not cut off: nothing of it is lost.
    """

    def __init__(self, channels: int, full_scale: float) -> None:
        self._full_scale = full_scale
        self._reach = _CLIPPED_RUN - 1  # how far a sample's run may stretch to either side
        self._last: Stretch = np.full((2 * self._reach, channels), _NO_SAMPLE)
        self._samples = 0

    def hear(self, stretch: Stretch) -> None:
        self._count(np.abs(stretch))

    def samples(self) -> int:
        self._count(np.full_like(self._last[: self._reach], _NO_SAMPLE))
        return self._samples

    def _count(self, amplitude: Stretch) -> None:
        """Count all samples but the last two, whose runs may go on in the next stretch."""
        heard = np.concatenate((self._last, amplitude))
        if heard.max() < self._full_scale:
            self._last = heard[-2 * self._reach :]
            return
        full = (heard >= self._full_scale) & (heard <= 1.0)
        runs = full[:-2] & full[1:-1] & full[2:]
        clipped = np.zeros_like(full)
        for shift in range(_CLIPPED_RUN):
            clipped[shift : shift + len(runs)] |= runs
        self._samples += int(np.count_nonzero(clipped[self._reach : -self._reach]))
        self._last = heard[-2 * self._reach :]


class _Loudness:
    """Integrated loudness by FFmpeg's filter `ebur128` (ITU-R BS.1770).

    `ceiling` is the highest amplitude that comes. The filter hears the sound as if that were full scale: its gates and
    scales are made for that, and a float may lie anywhere.
    """

    def __init__(self, sample_rate: int, ceiling: float) -> None:
        self._sample_rate, self._scale = sample_rate, 1 / ceiling if ceiling else 1.0
        self._moments, self._integrated = 0, _QUIETEST_LUFS
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        source = self._graph.add_abuffer(
            sample_rate=sample_rate, format="dbl", layout="mono", time_base=Fraction(1, sample_rate)
        )
        meter = self._graph.add("ebur128", "metadata=1:framelog=quiet")
        sink = self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()

    def hear(self, mono: Mono) -> None:
        frame = av.AudioFrame.from_ndarray((mono * self._scale).reshape(1, -1), "dbl", "mono")
        frame.sample_rate, frame.pts = self._sample_rate, self._moments
        self._moments += len(mono)
        self._graph.push(frame)
        while True:
            try:
                measured = self._graph.pull()
            except BlockingIOError:  # the filter wants more before it says more
                return
            self._integrated = float(measured.metadata["lavfi.r128.I"])

    def integrated(self) -> float:
        """LUFS on the recording's own scale."""
        heard = max(self._integrated, _QUIETEST_LUFS) if math.isfinite(self._integrated) else _QUIETEST_LUFS
        return heard - _decibels(self._scale)
