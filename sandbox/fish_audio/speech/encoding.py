"""Encodes sound in the formats of Fish Audio."""

import io
import struct
from collections.abc import Mapping
from typing import Any

import av

from sandbox.sound import Sound

# Hz; the first is the default (documentation page of the text-to-speech endpoint).
RATES: Mapping[str, tuple[int, ...]] = {
    "mp3": (44_100, 32_000),
    "wav": (44_100, 8_000, 16_000, 24_000, 32_000),
    "pcm": (44_100, 8_000, 16_000, 24_000, 32_000),
    "opus": (48_000,),
}
CONTENT_TYPES: Mapping[str, str] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "opus": "audio/ogg",
}

# What a live WAV was seen to carry, because its length is unknown while it is being sent.
_RIFF_PLACEHOLDER, _DATA_PLACEHOLDER = 4_294_967_076, 4_294_967_040


def encode(sound: Sound, *, format: str, rate: int, bitrate: int | None) -> bytes:  # noqa: A002 - the API's own word
    """Return the sound in a format; `bitrate`, in bit/s, counts for mp3 and opus; None leaves it to the encoder."""
    resampled = sound.at(rate)
    match format:
        case "mp3":
            return _mp3(resampled, bitrate)
        case "opus":
            return _opus(resampled, bitrate)
        case "wav":
            return _wav_header(rate) + resampled.pcm()
        case _:
            return resampled.pcm()


def _mp3(sound: Sound, bitrate: int | None) -> bytes:
    """Return bare frames: an ID3 tag or an index frame would need to know the end of the stream."""
    encoder: Any = av.CodecContext.create("libmp3lame", "w")  # PyAV leaves the type of packets open
    encoder.sample_rate, encoder.layout, encoder.format = sound.rate, "mono", "fltp"
    encoder.bit_rate = bitrate
    encoder.options = {"compression_level": "7"}  # LAME's quick mode; speech from espeak hides nothing
    frames = (sound.frame(), None) if len(sound.samples) else (None,)
    return b"".join(bytes(packet) for frame in frames for packet in encoder.encode(frame))


def _opus(sound: Sound, bitrate: int | None) -> bytes:
    file = io.BytesIO()
    writer: Any  # PyAV leaves the type of packets open
    with av.open(file, "w", format="ogg") as writer:
        stream = writer.add_stream("libopus", rate=sound.rate, layout="mono")
        if bitrate is not None:
            stream.bit_rate = bitrate
        if len(sound.samples):
            writer.mux(stream.encode(sound.frame()))
        writer.mux(stream.encode(None))
    return file.getvalue()


def _wav_header(rate: int) -> bytes:
    format_chunk = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    riff = struct.pack("<4sI4s", b"RIFF", _RIFF_PLACEHOLDER, b"WAVE")
    return riff + format_chunk + struct.pack("<4sI", b"data", _DATA_PLACEHOLDER)
