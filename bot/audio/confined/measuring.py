"""What can be heard in a recording, in figures. Runs in the worker only."""

import math
from fractions import Fraction

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from bot.audio.confined.decoding import Recording, Stretch, open_recording
from bot.audio.exchange import Figures
from bot.audio.refusals import AUDIBLE_DBFS, MIN_AUDIBLE_SECONDS, SilentSample

_WINDOW_SECONDS = 0.02  # about the shortest sound that speech has
_NO_SAMPLE = -1.0  # an amplitude below all others: what is not there reaches no full scale, not even that of one bit
_CLIPPED_RUN = 3  # samples in a row at full scale; Audacity's “Find Clipping” starts there too
_QUIETEST_LUFS = -70.0  # the absolute gate of BS.1770: below it there is no loudness


def measure(data: bytes) -> Figures:
    """Raises the refusal of a file that cannot be a sample."""
    recording = open_recording(data)
    encoding = recording.encoding
    levels = _Levels(encoding.sample_rate, encoding.channels)
    clipping = _Clipping(encoding.channels, encoding.full_scale)
    balance = _Balance(encoding.channels)
    loudness = _Loudness(encoding.sample_rate, encoding.channels)
    for stretch in recording.stretches():
        for meter in (levels, clipping, balance, loudness):
            meter.hear(stretch)
    return _figures(recording, levels, clipping, balance, loudness)


def _figures(
    recording: Recording, levels: "_Levels", clipping: "_Clipping", balance: "_Balance", loudness: "_Loudness"
) -> Figures:
    encoding = recording.encoding
    quiet_seconds = levels.quiet_seconds()
    if recording.seconds - quiet_seconds < MIN_AUDIBLE_SECONDS:
        raise SilentSample
    return Figures(
        seconds=recording.seconds,
        sample_rate=encoding.sample_rate,
        channels=encoding.channels,
        loudness=loudness.integrated(),
        peak=20 * math.log10(clipping.peak),
        clipped=clipping.samples() / (recording.moments * encoding.channels),
        silence=quiet_seconds / recording.seconds,
        offset=balance.offset(),
        likeness=balance.likeness(),
    )


class _Levels:
    """How long nothing is to be heard.

    Each window is judged by the RMS of its loudest channel less its mean: a constant offset is silence.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._sample_rate = sample_rate
        self._window = round(sample_rate * _WINDOW_SECONDS)
        self._rest: Stretch = np.empty((0, channels))
        self._quiet_moments = 0

    def hear(self, stretch: Stretch) -> None:
        heard = np.concatenate((self._rest, stretch))
        whole = len(heard) // self._window * self._window
        self._judge(heard[:whole].reshape(-1, self._window, heard.shape[1]))
        self._rest = heard[whole:]

    def quiet_seconds(self) -> float:
        if len(self._rest):
            self._judge(self._rest[np.newaxis])
            self._rest = self._rest[:0]
        return self._quiet_moments / self._sample_rate

    def _judge(self, windows: NDArray[np.float64]) -> None:
        power = windows.var(axis=1).max(axis=1)
        self._quiet_moments += int(np.count_nonzero(power <= 10 ** (AUDIBLE_DBFS / 10))) * windows.shape[1]


class _Clipping:
    """The peak, and how many samples are cut off: in a run at full scale, or beyond it (floats only)."""

    def __init__(self, channels: int, full_scale: float) -> None:
        self.peak = 0.0
        self._full_scale = full_scale
        self._reach = _CLIPPED_RUN - 1  # how far a sample's run may stretch to either side
        self._last: Stretch = np.full((2 * self._reach, channels), _NO_SAMPLE)
        self._samples = 0

    def hear(self, stretch: Stretch) -> None:
        amplitude = np.abs(stretch)
        self.peak = max(self.peak, float(amplitude.max()))
        self._count(amplitude)

    def samples(self) -> int:
        self._count(np.full_like(self._last[: self._reach], _NO_SAMPLE))
        return self._samples

    def _count(self, amplitude: Stretch) -> None:
        """Count all samples but the last two, whose runs may go on in the next stretch."""
        heard = np.concatenate((self._last, amplitude))
        full = heard >= self._full_scale
        runs = full[:-2] & full[1:-1] & full[2:]
        clipped = heard > 1.0
        for shift in range(_CLIPPED_RUN):
            clipped[shift : shift + len(runs)] |= runs
        self._samples += int(np.count_nonzero(clipped[self._reach : -self._reach]))
        self._last = heard[-2 * self._reach :]


class _Balance:
    """The constant offset, and how alike two channels are."""

    def __init__(self, channels: int) -> None:
        self._moments = 0
        self._sum = np.zeros(channels)
        self._products = np.zeros((2, 2))

    def hear(self, stretch: Stretch) -> None:
        self._moments += len(stretch)
        self._sum += stretch.sum(axis=0)
        if stretch.shape[1] == 2:
            self._products += stretch.T @ stretch

    def offset(self) -> float:
        """The largest channel's, as a share of full scale."""
        return float(np.abs(self._sum / self._moments).max())

    def likeness(self) -> float | None:
        """The correlation of left and right, or None where there are not two channels with sound in both."""
        if len(self._sum) != 2:
            return None
        mean = self._sum / self._moments
        covariance = self._products / self._moments - np.outer(mean, mean)
        left, right = covariance.diagonal()
        if min(left, right) <= 10 ** (AUDIBLE_DBFS / 10):
            return None
        return float(np.clip(covariance[0, 1] / math.sqrt(left * right), -1, 1))


class _Loudness:
    """Integrated loudness by FFmpeg's filter `ebur128` (ITU-R BS.1770), every channel counting alike."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._sample_rate, self._layout = sample_rate, f"{channels} channels"
        self._moments, self._integrated = 0, _QUIETEST_LUFS
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        source = self._graph.add_abuffer(
            sample_rate=sample_rate, format="dbl", layout=self._layout, time_base=Fraction(1, sample_rate)
        )
        meter = self._graph.add("ebur128", "metadata=1:framelog=quiet")
        sink = self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()

    def hear(self, stretch: Stretch) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stretch).reshape(1, -1), "dbl", self._layout)
        frame.sample_rate, frame.pts = self._sample_rate, self._moments
        self._moments += len(stretch)
        self._graph.push(frame)
        while True:
            try:
                measured = self._graph.pull()
            except BlockingIOError:  # the filter wants more before it says more
                return
            self._integrated = float(measured.metadata["lavfi.r128.I"])

    def integrated(self) -> float:
        """LUFS; -70 where nothing is loud enough to have a loudness."""
        return max(self._integrated, _QUIETEST_LUFS) if math.isfinite(self._integrated) else _QUIETEST_LUFS
