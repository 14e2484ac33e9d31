"""A sound as samples, with its length, loudness and pitch."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import av
import av.error
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

_DEEPEST, _HIGHEST = 60.0, 400.0  # Hz; human speech lies well inside
_SPEECH_LEVEL = -17.5  # dBFS of the loud parts; espeak-ng at this level was measured at -17.6 to -18.4 LUFS
_HIGHEST_PEAK = np.float32(0.9)


class NotAudioError(Exception):
    """The bytes hold no sound that FFmpeg can decode."""


@dataclass(frozen=True, eq=False)
class Sound:
    """Mono samples between -1 and 1, `rate` of them per second."""

    samples: Samples
    rate: int

    @staticmethod
    def decode(audio: bytes, *, rate: int = 16_000) -> "Sound":
        """Read any container FFmpeg knows, folded to mono at `rate` Hz. Raises NotAudioError."""
        return _decoded(audio, rate)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def loudness(self) -> float:
        """Return the root mean square in dBFS; digital silence is -120."""
        return 10 * math.log10(max(_power(self.samples), 1e-12))

    @cached_property
    def pitch(self) -> float:
        """Return the median fundamental of the voiced parts in Hz; 0 if nothing is voiced."""
        pitches = _fundamentals(self._windows(), self.rate)
        return float(np.median(pitches)) if len(pitches) else 0.0

    def at(self, rate: int) -> "Sound":
        """Return the same sound with `rate` samples per second."""
        if rate == self.rate or not len(self.samples):
            return Sound(self.samples, rate)
        pieces = list(_resample(iter([self.frame()]), rate))
        return Sound(np.concatenate(pieces), rate)

    def louder(self, decibels: float) -> "Sound":
        """Return the sound with that gain; loud peaks are limited softly and do not wrap round."""
        if not decibels:
            return self
        gained = self.samples * np.float32(10 ** (decibels / 20))
        return Sound((_HIGHEST_PEAK * np.tanh(gained / _HIGHEST_PEAK)).astype(np.float32), self.rate)

    def as_loud_as_speech(self) -> "Sound":
        """Return the sound at about -18 LUFS, measured without its pauses; silence stays as it is."""
        level = self._level_without_pauses()
        return self.louder(_SPEECH_LEVEL - 10 * math.log10(level)) if level else self

    def frame(self) -> av.AudioFrame:
        frame = av.AudioFrame.from_ndarray(self.samples.reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = self.rate, 0
        return frame

    def pcm(self) -> bytes:
        """Return the samples as 16-bit numbers, little-endian."""
        return (np.clip(self.samples, -1, 1) * 32_767).astype("<i2").tobytes()

    def _level_without_pauses(self) -> float:
        """Return the mean power of the blocks that are less than 10 dB below the mean, as BS.1770 gates them."""
        length = int(0.4 * self.rate)
        starts = range(0, max(1, len(self.samples) - length + 1), max(1, length // 4))
        powers = np.array([_power(self.samples[start : start + length]) for start in starts])
        loud = powers[powers >= powers.mean() / 10]
        return float(loud.mean())

    def _windows(self) -> Samples:
        """Return overlapping windows of three of the deepest periods, one a row, of at most 30 seconds of sound."""
        length = int(3 * self.rate / _DEEPEST)
        end = min(len(self.samples), 30 * self.rate) - length
        if end <= 0:
            return np.empty((0, length), np.float32)
        return np.lib.stride_tricks.sliding_window_view(self.samples, length)[: end : length // 2]


def pitch_of(audio: bytes) -> float:
    """Return the median fundamental of an encoded sound in Hz; 0 if nothing is voiced. Raises NotAudioError."""
    return Sound.decode(audio).pitch


@lru_cache(maxsize=8)  # Fish Audio hears a recording up to three times, and many people of a test send the same
def _decoded(audio: bytes, rate: int) -> Sound:
    try:
        with av.open(io.BytesIO(audio), mode="r") as container:
            pieces = list(_resample(container.decode(audio=0), rate))
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise NotAudioError(str(error)) from error
    if not pieces:
        raise NotAudioError("no samples")
    # A float WAV may hold NaN and infinity, which no later arithmetic would survive.
    samples = np.nan_to_num(np.concatenate(pieces), posinf=0.0, neginf=0.0)
    samples.setflags(write=False)
    return Sound(samples, rate)


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples))) if len(samples) else 0.0


def _resample(frames: Iterator[av.AudioFrame], rate: int) -> Iterator[Samples]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    for frame in frames:
        for piece in resampler.resample(frame):
            yield piece.to_ndarray().reshape(-1).astype(np.float32)
    for piece in resampler.resample(None):
        yield piece.to_ndarray().reshape(-1).astype(np.float32)


def _fundamentals(windows: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Return for each voiced window the frequency with the strongest autocorrelation in the range of speech."""
    centred: Samples = windows - windows.mean(axis=1, keepdims=True)
    centred = centred[np.mean(np.square(centred), axis=1) >= 0.005**2]  # the rest is silence
    length = int(windows.shape[1])
    spectrum = np.fft.rfft(centred, 2 * length)
    power = np.fft.irfft(np.abs(spectrum) ** 2)[:, :length].astype(np.float64)
    correlation: npt.NDArray[np.float64] = power / power[:, :1] * length / np.arange(length, 0, -1)
    shortest, longest = int(rate / _HIGHEST), int(rate / _DEEPEST)
    candidates = correlation[:, shortest : longest + 1]
    # A multiple of the period fits nearly as well as the period itself: the first good one is meant.
    first_good = np.argmax(candidates >= 0.9 * candidates.max(axis=1, keepdims=True), axis=1)
    rows, lags = np.arange(len(candidates)), np.arange(longest + 1 - shortest)
    falls = np.ones(candidates.shape, np.bool_)
    falls[:, :-1] = candidates[:, 1:] <= candidates[:, :-1]
    best = np.argmax(falls & (lags >= first_good[:, np.newaxis]), axis=1)  # the peak behind it
    voiced = best[candidates[rows, best] > 0.5]  # what is weaker is noise
    return rate / (shortest + voiced)
