"""Makes good WAVs of every kind, and the parts of broken ones."""

import struct
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from io import BytesIO
from typing import Any, Literal, TypeAlias, cast

import av
import numpy as np
from numpy.typing import NDArray

from sandbox.speech import PASSAGE, speak

Signal: TypeAlias = NDArray[np.float64]  # (moments,) or (moments, channels); 1.0 is full scale

INTEGER, MS_ADPCM, FLOAT, A_LAW, MU_LAW = 0x0001, 0x0002, 0x0003, 0x0006, 0x0007
IMA_ADPCM, YAMAHA_ADPCM, GSM, MP3, EXTENSIBLE = 0x0011, 0x0020, 0x0031, 0x0055, 0xFFFE


def tone(seconds: float, *, rate: int = 16_000, hertz: float = 997, level: float = -6) -> Signal:
    """Return a sine; `level` is its peak in dBFS."""
    return 10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def noise(seconds: float, *, rate: int = 16_000, level: float = -20, seed: int = 0) -> Signal:
    """Return white noise, always the same for a seed; `level` is its RMS in dBFS."""
    return 10 ** (level / 20) * np.random.default_rng(seed).standard_normal(round(seconds * rate))


@cache
def _passage(rate: int) -> Signal:
    return speak(PASSAGE).at(rate).samples.astype(np.float64)


def speech(seconds: float, *, rate: int = 16_000) -> Signal:
    """Return somebody who reads aloud. A second of that is plainly speech, so the rest is not judged."""
    return np.resize(_passage(rate), round(seconds * rate))


def silence(seconds: float, *, rate: int = 16_000) -> Signal:
    return np.zeros(round(seconds * rate))


def chunk(name: bytes, body: bytes, *, size: int | None = None, order: str = "<", is_padded: bool = True) -> bytes:
    """Return a chunk; `size` is the size that it claims, the real one if not given."""
    padding = b"\0" * (len(body) % 2) if is_padded else b""
    return struct.pack(f"{order}4sI", name, len(body) if size is None else size) + body + padding


def id3_tag(size: int = 256) -> bytes:
    """Return an empty ID3v2.3 tag, as taggers put before a file."""
    return b"ID3\x03\0\0" + bytes((0, 0, size >> 7, size & 0x7F)) + bytes(size)


@dataclass(frozen=True, kw_only=True)
class Wav:
    """The parts of a WAV. Parts that are not given are those of an honest writer."""

    sound: bytes
    tag: int = INTEGER
    channels: int = 1
    rate: int = 16_000
    bits: int = 16
    block: int | None = None
    byte_rate: int | None = None
    form: Literal[b"RIFF", b"RIFX", b"RF64", b"BW64"] = b"RIFF"
    extra: bytes = b""  # of the format chunk, from its 17th byte
    before: bytes = b""  # chunks between the format and the sound
    after: bytes = b""
    sound_size: int | None = None  # what the chunk `data` claims
    riff_size: int | None = None
    ds64: bytes = field(default=b"")

    def but(self, **changes: Any) -> "Wav":
        return replace(self, **changes)

    def format(self) -> bytes:
        order = ">" if self.form == b"RIFX" else "<"
        block = self.channels * ((self.bits + 7) // 8) if self.block is None else self.block
        rates = (self.rate, min(self.rate * block, 2**32 - 1) if self.byte_rate is None else self.byte_rate)
        fields = (self.tag, self.channels, *rates, min(block, 2**16 - 1), self.bits)
        return struct.pack(f"{order}HHIIHH", *fields) + self.extra

    def bytes(self) -> bytes:
        order = ">" if self.form == b"RIFX" else "<"
        body = b"WAVE" + self.ds64 + chunk(b"fmt ", self.format(), order=order) + self.before
        body += chunk(b"data", self.sound, size=self.sound_size, order=order) + self.after
        size = len(body) if self.riff_size is None else self.riff_size
        return struct.pack(f"{order}4sI", self.form, size) + body


def integers(signal: Signal, *, bits: int = 16, rate: int = 16_000, **more: Any) -> Wav:
    """Return a WAV of 8 to 32 bits, rounded to the nearest step and clipped at full scale."""
    frames = signal.reshape(len(signal), -1)
    full = 2.0 ** (bits - 1)
    steps = np.clip(np.round(frames * full), -full, full - 1).astype(np.int64)
    size = (bits + 7) // 8
    steps <<= size * 8 - bits  # fewer bits than the container holds stand at its upper end
    if size == 1:
        steps += 128
    order = "big" if more.get("form") == b"RIFX" else "little"
    words = steps.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :size]
    sound = (words if order == "little" else words[:, ::-1]).tobytes()
    return Wav(sound=sound, channels=frames.shape[1], rate=rate, bits=bits, **more)


def floats(signal: Signal, *, bits: Literal[32, 64] = 32, rate: int = 16_000, **more: Any) -> Wav:
    frames = signal.reshape(len(signal), -1)
    sound = frames.astype("<f4" if bits == 32 else "<f8").tobytes()
    return Wav(sound=sound, tag=FLOAT, channels=frames.shape[1], rate=rate, bits=bits, **more)


def extensible(
    wav: Wav,
    *,
    valid_bits: int | None = None,
    extra_size: int = 22,
    mask: int = 0,
    subtype: str = "000000001000800000aa00389b71",
) -> Wav:
    """Return a WAV in WAVE_FORMAT_EXTENSIBLE; `subtype` is what follows the tag in it."""
    bits = wav.bits if valid_bits is None else valid_bits
    extra = struct.pack("<HHIH", extra_size, bits, mask, wav.tag) + bytes.fromhex(subtype)
    return wav.but(tag=EXTENSIBLE, extra=extra)


def encoded(signal: Signal, codec: str, *, rate: int = 16_000) -> bytes:
    """Return a WAV in a compressed coding, as FFmpeg writes it."""
    frames = signal.reshape(len(signal), -1)
    return _muxed(frames, codec, "wav", rate)


def mp3(signal: Signal, *, rate: int = 16_000) -> bytes:
    return _muxed(signal.reshape(len(signal), -1), "libmp3lame", "mp3", rate)


def other_format(signal: Signal, codec: str, container: str, *, rate: int = 48_000) -> bytes:
    """Return the sound in a file that is no WAV."""
    return _muxed(signal.reshape(len(signal), -1), codec, container, rate)


def _muxed(frames: Signal, codec: str, container: str, rate: int) -> bytes:
    file = BytesIO()
    layout = "mono" if frames.shape[1] == 1 else "stereo"
    with av.open(file, "w", format=container) as opened:
        output = cast("Any", opened)  # PyAV's types know the codecs by name only
        stream = output.add_stream(codec, rate=rate)
        stream.layout = layout
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(frames).reshape(1, -1), "dbl", layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
        for resampled in resampler.resample(frame):
            output.mux(stream.encode(resampled))
        output.mux(stream.encode(None))
    return file.getvalue()
