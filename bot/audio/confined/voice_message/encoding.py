"""Encodes an MP3 as Opus, behind a spoken notice if wanted, and draws its waveform. Runs in the worker only."""

from collections.abc import Iterator
from typing import Any, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError
from numpy.typing import NDArray

from bot.audio.confined.sound.copying import resampled
from bot.audio.confined.voice_message.notice import NOTICE
from bot.audio.mp3.mpeg import frame_at
from bot.audio.ogg.opus import RATE
from bot.audio.refusals import Undecodable
from bot.audio.voice_messages import LONGEST_SECONDS, MOST_POINTS, answer_voice_message

Pcm = NDArray[np.int16]

_BIT_RATE = 32_000  # as Discord's own clients encode (docs, Voice Messages)
_FRAME = 960  # moments: 20 ms
_POINTS_A_SECOND = 10
_PAUSE = np.zeros(RATE // 4, np.int16)  # between the notice and the sound
_LONGEST_SKIP = RATE // 10


def voice_message(frames: bytes, *, with_notice: bool) -> bytes:
    """Return the worker's answer: the MP3 frames as a voice message. Raises Undecodable."""
    sound = _decoded(frames)
    if not len(sound):
        raise Undecodable
    if with_notice:
        sound = np.concatenate([NOTICE, _PAUSE, sound])
    packets, pre_skip = _encoded(sound)
    return answer_voice_message(packets, pre_skip=pre_skip, moments=len(sound), waveform=waveform(sound))


def waveform(sound: Pcm) -> bytes:
    """Return how loud the sound is, a point each tenth of a second or longer; the loudest is 255."""
    points = min(MOST_POINTS, -(-len(sound) * _POINTS_A_SECOND // RATE))
    starts = np.arange(points) * len(sound) // points
    powers = np.add.reduceat(sound.astype(np.float64) ** 2, starts) / np.diff(starts, append=len(sound))
    levels: NDArray[np.float64] = np.sqrt(powers)
    points_of_255 = 255 * levels / max(float(levels.max()), 1.0)
    return np.rint(points_of_255).astype(np.uint8).tobytes()


def _decoded(frames: bytes) -> Pcm:
    first = frame_at(frames, 0)
    if first is None:
        raise Undecodable
    own_rate = first.kind[2]
    pieces: list[bytes] = []
    size = 0
    for piece in resampled(_mono(frames), own_rate, RATE):
        pieces.append(piece)
        size += len(piece)
        if size > 2 * RATE * LONGEST_SECONDS:
            raise Undecodable
    return np.frombuffer(b"".join(pieces), "<i2").astype(np.int16)


def _mono(frames: bytes) -> Iterator[NDArray[np.float64]]:
    """Yield the sound of each frame, for a decoder that we name; nothing here guesses what the bytes are."""
    decoder = cast("AudioCodecContext", av.CodecContext.create("mp3float", "r"))
    decoder.thread_count = 1
    at = 0
    while frame := frame_at(frames, at):
        packet = av.Packet(frames[at : at + frame.size])
        at += frame.size
        try:
            heard = decoder.decode(packet)
        except FFmpegError:
            continue  # a first frame may need one before it, which was cut off
        for each in heard:
            yield each.to_ndarray().astype(np.float64).mean(axis=0)


def _encoded(sound: Pcm) -> tuple[list[bytes], int]:
    """Return the packets, and how many moments of them come before the sound."""
    encoder: Any = av.CodecContext.create("libopus", "w")  # PyAV leaves the type of packets open
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", _BIT_RATE
    encoder.thread_count = 1
    encoder.options = {"application": "voip"}
    encoder.open()
    pre_skip = int.from_bytes(encoder.extradata[10:12], "little")  # of the head that it proposes (RFC 7845)
    if not 0 < pre_skip <= _LONGEST_SKIP:
        raise Undecodable
    count = -(-(len(sound) + pre_skip) // _FRAME)
    padded = np.pad(sound, (0, count * _FRAME - len(sound)))
    packets: list[bytes] = []
    for start in range(0, len(padded), _FRAME):
        frame = av.AudioFrame.from_ndarray(padded[start : start + _FRAME].reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts = RATE, start
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    packets += [bytes(packet) for packet in encoder.encode(None)]
    return packets[:count], pre_skip
