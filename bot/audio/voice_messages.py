"""A voice message before it is labelled, and the form in which a worker hands it over: numbers and bare sound only."""

import base64
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.audio.exchange import NoAnswer
from bot.audio.ogg.opus import RATE, OpusSound, moments_of

MOST_POINTS = 256  # of a waveform, as Discord takes it
LONGEST_SECONDS = 30 * 60

_SIZE = struct.Struct("<H")
_LONGEST_PACKET = 1275  # bytes of one frame (RFC 6716, section 3.2.1)
_MOST_PACKETS = LONGEST_SECONDS * 50
_MOST_BYTES = _MOST_PACKETS * (_LONGEST_PACKET + _SIZE.size)


class NotEncoded(Exception):
    """No voice message could be made of a sound."""


@dataclass(frozen=True, slots=True)
class VoiceMessage:
    sound: OpusSound
    waveform: bytes = field(repr=False)  # how loud it is from its beginning to its end, 0 to 255, in up to 256 steps


@dataclass(frozen=True, slots=True)
class Announced:
    """The line with which a worker announces a voice message."""

    size: int  # in bytes, of what follows
    pre_skip: int
    moments: int
    waveform: bytes


def answer_voice_message(packets: Sequence[bytes], *, pre_skip: int, moments: int, waveform: bytes) -> bytes:
    body = b"".join(_SIZE.pack(len(packet)) + packet for packet in packets)
    shown = base64.b64encode(waveform).decode("ascii")
    line = {"opus": len(body), "pre_skip": pre_skip, "moments": moments, "waveform": shown}
    return json.dumps(line).encode() + b"\n" + body


def announced_in(answer: bytes) -> Announced:
    """Read the line that announces a voice message. Raises NoAnswer if it makes no sense."""
    try:
        said: Any = json.loads(answer)
        waveform = base64.b64decode(said["waveform"], validate=True)
        announced = Announced(
            _number(said["opus"], most=_MOST_BYTES),
            _number(said["pre_skip"], most=RATE),
            _number(said["moments"], most=LONGEST_SECONDS * RATE),
            waveform,
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NoAnswer(f"the worker's answer makes no sense: {error}") from error
    if not 1 <= len(waveform) <= MOST_POINTS:
        raise NoAnswer("no waveform has so many points")
    return announced


def voice_message_of(announced: Announced, body: bytes) -> VoiceMessage:
    """Return the voice message that was announced. Raises NoAnswer if what followed is something else."""
    packets: list[bytes] = []
    at = 0
    while at + _SIZE.size <= len(body):
        (size,) = _SIZE.unpack_from(body, at)
        packets.append(body[at + _SIZE.size : at + _SIZE.size + size])
        at += _SIZE.size + size
    lengths = [moments_of(packet) if len(packet) <= _LONGEST_PACKET else 0 for packet in packets]
    end = announced.pre_skip + announced.moments
    if at != len(body) or not packets or not all(lengths) or not sum(lengths[:-1]) < end <= sum(lengths):
        raise NoAnswer("what followed is no sound of that length")
    return VoiceMessage(OpusSound(packets, announced.pre_skip, announced.moments), announced.waveform)


def _number(value: object, *, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError("no voice message has this number")
    return value
