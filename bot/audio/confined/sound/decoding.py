"""The sound of a WAV as numbers, a stretch at a time. Runs in the worker only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError
from numpy.typing import NDArray

from bot.audio.confined.sound.encodings import Encoding, read_encoding
from bot.audio.refusals import (
    MAX_SAMPLE_SECONDS,
    MIN_SAMPLE_SECONDS,
    EmptySample,
    TooLong,
    TooShort,
    TruncatedSample,
    Undecodable,
)
from bot.audio.riff import read_riff

Stretch: TypeAlias = NDArray[np.float64]  # (moments, channels); 1.0 is full scale

_PACKET_BYTES = 2**17  # at most; of 16 bits, that is one stretch
_STRETCH_VALUES = 2**16  # enough for numpy to be quick, little enough for the processor's cache
_INSANE = 2.0**32  # floats that were whole numbers of 32 bits go up to half of it; a value beyond it is damage

# By FFmpeg's sample format; whole numbers of 24 bits come as 32.
_FULL_SCALE = {"u8": 2.0**7, "s16": 2.0**15, "s32": 2.0**31, "flt": 1.0, "dbl": 1.0}


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV that makes sense so far and is neither too short nor too long."""

    encoding: Encoding
    sound: memoryview
    moments: int  # samples per channel
    is_plain: bool  # 16-bit PCM in mono, in a file that every reader understands in the same way

    @property
    def seconds(self) -> float:
        return self.moments / self.encoding.sample_rate

    def stretches(self) -> Iterator[Stretch]:
        """All of the sound in order. Raises Undecodable.

        What is not a number, infinite, or beyond any scale counts as silence.
        """
        left = self.moments
        for stretch in _gathered(_decoded(self.sound, self.encoding)):
            yield stretch[:left]
            left -= len(stretch)
            if left <= 0:  # the rest fills up the last block and was never recorded
                return
        raise Undecodable


def open_recording(data: bytes) -> Recording:
    """Raises the refusal of a file that cannot be a sample."""
    wav = read_riff(data)
    encoding = read_encoding(wav.format, wav.byte_order)
    blocks = len(wav.sound) // encoding.block_size
    if not blocks:
        raise EmptySample
    if wav.missing * encoding.block_moments >= encoding.sample_rate * encoding.block_size:  # a second or more
        raise TruncatedSample(wav.missing)
    moments = blocks * encoding.block_moments
    if wav.sample_count is not None and 0 <= moments - wav.sample_count < encoding.block_moments:
        moments = wav.sample_count  # only where it is believable: many writers leave nonsense there
    sound = wav.sound[: blocks * encoding.block_size]
    recording = Recording(encoding, sound, moments, is_plain=wav.is_flawless and encoding.is_plain)
    if recording.seconds < MIN_SAMPLE_SECONDS:
        raise TooShort(recording.seconds)
    if recording.seconds > MAX_SAMPLE_SECONDS:
        raise TooLong
    return recording


def _decoded(sound: memoryview, encoding: Encoding) -> Iterator[Stretch]:
    """FFmpeg gets the sound alone, for a decoder that we name; what guesses at files in it is not used."""
    try:
        decoder = _decoder(encoding)
        size = _PACKET_BYTES // encoding.block_size * encoding.block_size
        for start in range(0, len(sound), size):
            packet = av.Packet(bytes(sound[start : start + size]))
            for frame in decoder.decode(packet):  # pyright: ignore[reportUnknownMemberType] - a gap in PyAV
                yield _stretch(frame, encoding.channels)
    except MemoryError:
        raise
    except (FFmpegError, ValueError) as error:
        raise Undecodable from error


def _decoder(encoding: Encoding) -> AudioCodecContext:
    decoder = cast("AudioCodecContext", av.CodecContext.create(encoding.decoder, "r"))
    decoder.sample_rate = encoding.sample_rate
    decoder.layout = f"{encoding.channels} channels"
    decoder.thread_count = 1
    decoder.options = {"block_align": str(encoding.block_size), "bits_per_coded_sample": str(encoding.bits)}
    return decoder


def _stretch(frame: av.AudioFrame, channels: int) -> Stretch:
    values = frame.to_ndarray()
    packed_format = frame.format.name.removesuffix("p")
    moments = values.T if frame.format.is_planar else values.reshape(-1, channels)
    unit = 1 / _FULL_SCALE[packed_format]  # a power of two, so multiplying by it is exact
    if packed_format in {"s16", "s32"}:
        return np.multiply(moments, unit, dtype=np.float64)
    if packed_format == "u8":
        return np.multiply(moments.astype(np.float64) - 128, unit)
    with np.errstate(invalid="ignore"):  # numpy would warn of a signalling NaN
        stretch = moments.astype(np.float64)
        stretch[~(np.abs(stretch) <= _INSANE)] = 0.0  # so written that it holds for what is not a number too
    return stretch


def _gathered(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    """The same sound in fewer pieces, since compressed sound comes in very small ones."""
    held: list[Stretch] = []
    values = 0
    for stretch in stretches:
        held.append(stretch)
        values += stretch.size
        if values >= _STRETCH_VALUES:
            yield _joined(held)
            held.clear()
            values = 0
    if held:
        yield _joined(held)


def _joined(stretches: list[Stretch]) -> Stretch:
    return np.concatenate(stretches) if len(stretches) > 1 else stretches[0]
