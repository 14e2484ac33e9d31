"""A recording as numbers, a stretch at a time, whatever file it came in. Runs in the worker only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from bot.audio.refusals import Undecodable

Stretch: TypeAlias = NDArray[np.float64]  # (moments, channels); 1.0 is full scale

_STRETCH_VALUES = 2**16  # enough for numpy to be quick, little enough for the processor's cache
_INSANE = 2.0**32  # floats that were whole numbers of 32 bits go up to half of it; a value beyond it is damage

# By FFmpeg's sample format; whole numbers of 24 bits come as 32.
_FULL_SCALE = {"u8": 2.0**7, "s16": 2.0**15, "s32": 2.0**31, "flt": 1.0, "dbl": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file that makes sense so far, or a part of it.

    `full_scale` is the highest value that its writer uses. `frames` decodes the file once from its beginning. It may
    give more than `moments` samples: those before `first`, those behind the part, and the filling of the last block.
    """

    sample_rate: int  # Hz
    channels: int
    full_scale: float
    is_float: bool
    moments: int  # samples per channel
    is_plain: bool  # 16-bit PCM in mono, in a WAV that every reader understands in the same way
    frames: Callable[[], Iterator[av.AudioFrame]]
    first: int = 0  # the moment of the file with which this begins

    @property
    def seconds(self) -> float:
        return self.moments / self.sample_rate

    def part(self, start: int, end: int) -> "Recording":
        """Return what lies between two moments as a recording of its own.

        It is decoded now, together with what comes before it, and kept in memory, since it is read several times.
        """
        held: list[av.AudioFrame] = []
        start, end = self.first + start, self.first + end
        place = first = 0
        for frame in self.frames():
            if not held:
                first = start - place
            place += frame.samples
            if place > start:
                held.append(frame)
            if place >= end:
                break
        return replace(self, frames=lambda: iter(held), first=first, moments=end - start, is_plain=False)

    def stretches(self, start: int = 0, end: int | None = None) -> Iterator[Stretch]:
        """Return the sound from one moment to another in order; all of it without them. Raises Undecodable.

        What is not a number, infinite, or beyond any scale counts as silence.
        """
        start, end = self.first + start, self.first + (self.moments if end is None else end)
        place = 0
        for stretch in _stretches_of(self.frames(), self.channels):
            part = stretch[max(0, start - place) : end - place]
            if len(part):
                yield part
            place += len(stretch)
            if place >= end:  # the rest fills up the last block and was never recorded
                return
        raise Undecodable


def _stretches_of(frames: Iterator[av.AudioFrame], channels: int) -> Iterator[Stretch]:
    """Yield the same sound in larger pieces, since compressed sound comes in very small ones."""
    held: list[av.AudioFrame] = []
    moments = 0
    for frame in frames:
        if held and (moments * channels >= _STRETCH_VALUES or frame.format.name != held[0].format.name):
            yield _stretch_of(held, channels)
            held.clear()
            moments = 0
        held.append(frame)
        moments += frame.samples
    if held:
        yield _stretch_of(held, channels)


def _stretch_of(frames: list[av.AudioFrame], channels: int) -> Stretch:
    heard = [frame.to_ndarray() for frame in frames]
    values = np.concatenate(heard, axis=1) if len(heard) > 1 else heard[0]
    packed_format = frames[0].format.name.removesuffix("p")
    moments = values.T if frames[0].format.is_planar else values.reshape(-1, channels)
    unit = 1 / _FULL_SCALE[packed_format]  # a power of two, so multiplying by it is exact
    if packed_format in {"s16", "s32"}:
        return np.multiply(moments, unit, dtype=np.float64)
    if packed_format == "u8":
        return np.multiply(moments.astype(np.float64) - 128, unit)
    with np.errstate(invalid="ignore"):  # numpy would warn of a signalling NaN
        stretch = moments.astype(np.float64)
        stretch[~(np.abs(stretch) <= _INSANE)] = 0.0  # so written that it holds for what is not a number too
    return stretch
