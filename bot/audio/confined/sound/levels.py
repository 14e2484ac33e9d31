"""Measures how loud a recording is from moment to moment. Runs in the worker only."""

import numpy as np
from numpy.typing import NDArray

from bot.audio.confined.sound.recordings import Stretch
from bot.audio.refusals import MIN_AUDIBLE_SECONDS

WINDOWS_A_SECOND = 50  # of 20 ms: about the shortest sound that speech has
PAUSE_DB = 30  # this far below the speech there is a pause; the quietest consonants are within it


class Levels:
    """The power of each channel in each window, less its mean there: a constant offset is silence.

    What is left after the last whole window, less than 20 ms, is not looked at.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self.window = round(sample_rate / WINDOWS_A_SECOND)  # samples
        self._rest: Stretch = np.empty((0, channels))
        self._powers: list[NDArray[np.float64]] = []
        self._means: list[NDArray[np.float64]] = []

    def hear(self, stretch: Stretch) -> None:
        heard = np.concatenate((self._rest, stretch))  # a copy, which may be changed
        whole = len(heard) // self.window * self.window
        windows = heard[:whole].reshape(-1, self.window, heard.shape[1])
        means = np.einsum("wmc->wc", windows) / self.window
        windows -= means[:, np.newaxis]
        self._powers.append(np.einsum("wmc,wmc->wc", windows, windows) / self.window)
        self._means.append(means)
        self._rest = heard[whole:].copy()  # so that the rest of it is free

    def powers(self) -> NDArray[np.float64]:
        """Return the power of each window and channel, in the shape (windows, channels)."""
        return np.concatenate(self._powers)

    def offsets(self) -> NDArray[np.float64]:
        """Return the constant part of each channel: the median of the windows' means, which no single click moves."""
        return np.median(np.concatenate(self._means), axis=0)


def reached_power(powers: NDArray[np.float64]) -> float:
    """Return the power that one channel reaches for a second in all, in whatever parts: the level of its speech.

    A click does not count, and neither do pauses, however many there are.
    """
    seconds = MIN_AUDIBLE_SECONDS * WINDOWS_A_SECOND
    return float(np.partition(powers, -seconds)[-seconds])
