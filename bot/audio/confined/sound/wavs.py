"""The sound of a WAV. FFmpeg gets it alone, for a decoder that we name. Runs in the worker only."""

from collections.abc import Iterator
from typing import cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from bot.audio.confined.sound.encodings import Encoding, read_encoding
from bot.audio.confined.sound.recordings import Recording
from bot.audio.refusals import EmptySample, TruncatedSample, Undecodable
from bot.audio.riff import read_riff

_PACKET_BYTES = 2**17  # at most; of 16 bits, that is one stretch


def open_wav(data: bytes) -> Recording:
    """Open a WAV. Raises SampleRefused if it holds no sound, not all of it, or sound that cannot be read."""
    wav = read_riff(data)
    encoding = read_encoding(wav.format, wav.byte_order)
    blocks = len(wav.sound) // encoding.block_size
    if not blocks:
        raise EmptySample
    if wav.missing * encoding.block_moments >= encoding.sample_rate * encoding.block_size:  # a second or more
        raise TruncatedSample(wav.missing)
    moments = blocks * encoding.block_moments
    if wav.sample_count is not None and 0 <= moments - wav.sample_count < encoding.block_moments:
        moments = wav.sample_count  # used only if it is believable: many writers leave nonsense there
    sound = wav.sound[: blocks * encoding.block_size]
    return Recording(
        sample_rate=encoding.sample_rate,
        channels=encoding.channels,
        full_scale=encoding.full_scale,
        is_float=encoding.is_float,
        moments=moments,
        is_plain=wav.is_flawless and encoding.is_plain,
        frames=lambda: _frames(sound, encoding),
    )


def _frames(sound: memoryview, encoding: Encoding) -> Iterator[av.AudioFrame]:
    """Decode the sound with the decoder of its encoding. FFmpeg does not get to guess what the file is."""
    try:
        decoder = _decoder(encoding)
        size = _PACKET_BYTES // encoding.block_size * encoding.block_size
        for start in range(0, len(sound), size):
            packet = av.Packet(bytes(sound[start : start + size]))
            yield from decoder.decode(packet)
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
