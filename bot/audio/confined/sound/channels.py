"""How the channels of a recording become the one that is kept. Runs in the worker only."""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.audio.confined.sound.levels import Levels, reached_power
from bot.audio.confined.sound.recordings import Recording, Stretch

Mono: TypeAlias = NDArray[np.float64]  # (moments,); 1.0 is full scale

_LEAST_SHARE = 0.25  # of the loudest channel's power that must be left in a mix: 6 dB less at most
_MOST_CREST = 20.0  # times the level of the speech; speech itself reaches 10 times that
_SMALL_OFFSET = 0.1  # times the level of a channel: too small to matter, so no sample needs to be changed for it
_HEARD_BESIDE = 0.001  # 30 dB below the other channel there is nothing to compare


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How the channels are mixed into one: the weight of each, and the offset that is taken from it."""

    weights: NDArray[np.float64]  # their sum is 1
    offsets: NDArray[np.float64]  # constant, and taken away
    ceiling: float  # nothing in the mix exceeds it

    def is_all_of(self, peak: float) -> bool:
        """Return whether the mix is the recording itself: there is one channel, and nothing in it is changed."""
        return len(self.weights) == 1 and not self.offsets.any() and peak <= self.ceiling

    def of(self, stretch: Stretch) -> Mono:
        if self.offsets.any():
            stretch = stretch - self.offsets
        mono = stretch[:, 0] if len(self.weights) == 1 else stretch @ self.weights
        return np.clip(mono, -self.ceiling, self.ceiling)


class ChannelMeter:
    """Measures the channels of a recording, stretch by stretch: their power, their offsets and how alike they are."""

    def __init__(self, recording: Recording) -> None:
        channels = recording.channels
        self._moments = 0
        self._sum = np.zeros(channels)
        self._products = np.zeros((channels, channels))
        self._peak = np.zeros(channels)
        self.levels = Levels(recording.sample_rate, channels)

    def hear(self, stretch: Stretch, peaks: NDArray[np.float64]) -> None:
        """Measure the next stretch; `peaks` has the highest amplitude of each channel in it."""
        self._moments += len(stretch)
        self._sum += stretch.sum(axis=0)
        self._products += np.vdot(stretch, stretch) if stretch.shape[1] == 1 else stretch.T @ stretch
        self._peak = np.maximum(self._peak, peaks)
        self.levels.hear(stretch)

    def peak(self) -> float:
        return float(self._peak.max())

    def mix(self) -> Mix:
        """Return the mix. Each channel is weighted by its power; if the channels cancel out, only the loudest counts.

        The plain mean would make one live channel of 32 quieter by 30 dB, and a pair of opposites silent.
        """
        covariance = self._covariance()
        power = covariance.diagonal().clip(min=0)  # rounding may put it just below
        loudest = int(power.argmax())
        weights = power / power.sum() if power.any() else np.full(len(power), 1 / len(power))
        if weights @ covariance @ weights < _LEAST_SHARE * power[loudest]:
            weights = np.zeros(len(power))
            weights[loudest] = 1.0
        offsets = self.levels.offsets()
        offsets[np.abs(offsets) < _SMALL_OFFSET * np.sqrt(power)] = 0.0
        return Mix(weights=weights, offsets=offsets, ceiling=self._ceiling())

    def offset(self) -> float:
        """Return the largest constant offset, as a share of full scale, or of the peak if that is higher."""
        return float((np.abs(self.levels.offsets()) / np.maximum(self._peak, 1.0)).max())

    def likeness(self) -> float | None:
        """Return the correlation of left and right, -1 to 1; None unless there are two channels with sound in both."""
        if len(self._sum) != 2:
            return None
        covariance = self._covariance()
        left, right = covariance.diagonal()
        if min(left, right) <= _HEARD_BESIDE * max(left, right):
            return None
        return float(np.clip(covariance[0, 1] / math.sqrt(left * right), -1, 1))

    def _covariance(self) -> NDArray[np.float64]:
        mean = self._sum / self._moments
        return self._products / self._moments - np.outer(mean, mean)

    def _ceiling(self) -> float:
        """Return the peak, unless that is a single damaged float, which must not decide how loud the rest is."""
        peak = float((self._peak + np.abs(self.levels.offsets())).max())
        level = math.sqrt(max(reached_power(channel) for channel in self.levels.powers().T))
        return min(peak, max(1.0, _MOST_CREST * level))
