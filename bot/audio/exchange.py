"""The messages between the bot, its workers, and the zygote that forks them.

A worker says READY. The bot sends the file's length and the file. The worker answers with one line of JSON, and with
the sound behind it if it made one. Only names, numbers and bare sound come back, and the bot checks them: a worker
that a hostile file has taken over cannot show a member words of its own.

The zygote gets each message as one datagram: a request for a worker, with the worker's end of a socket, or a request to
kill one. It answers when a worker has ended.
"""

import json
import math
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from bot.audio import refusals
from bot.audio.refusals import SampleRefused

READ, READ_BEST_PART, COPY, EXCERPT = "read", "read best part", "copy", "excerpt"  # a worker's jobs
SPEAK, SPEAK_WITH_NOTICE = "speak", "speak with notice"  # likewise: make a voice message

READY = b"ready\n"
MAX_ANSWER_BYTES = 4096  # of the line
OUT_OF_MEMORY = 12  # the exit code of a worker that may have none left to say so with
MAX_MESSAGE_BYTES = 1024  # of a datagram to or from the zygote

MOST_KEPT_RATE = 44_100  # Hz, mono, 16 bits: what Fish Audio recommends
COPY_RATE = 16_000  # Hz, mono, 16 bits: what speech is recognised at
MAX_KEPT_BYTES = refusals.MAX_SAMPLE_SECONDS * MOST_KEPT_RATE * 2
MAX_COPY_BYTES = refusals.MAX_SAMPLE_SECONDS * COPY_RATE * 2
MAX_EXCERPT_SECONDS = 30

_LENGTH = struct.Struct("<Q")
_REFUSALS: dict[str, Callable[..., SampleRefused]] = {
    kind.__name__: kind
    for kind in (
        refusals.EmptySample,
        refusals.TruncatedSample,
        refusals.TooShort,
        refusals.TooLong,
        refusals.SilentSample,
        refusals.WrongSampleRate,
        refusals.WrongChannels,
        refusals.BrokenHeader,
        refusals.Undecodable,
        refusals.NotReadInTime,
        refusals.AVideo,
        refusals.BreaksOff,
        refusals.BrokenFile,
        refusals.UnknownCoding,
    )
}


class NoAnswer(Exception):
    """The worker gave no answer, or one that no worker of ours would give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the worker found; the first eight mean what they mean in SampleReport."""

    seconds: float
    sample_rate: int
    channels: int
    loudness: float
    peak: float
    clipped: float
    silence: float
    gain: float
    offset: float  # the constant part of the signal, as a share of full scale
    likeness: float | None  # -1 to 1: the correlation of the two channels of a stereo file
    speech: float | None = None  # as in SampleReport


_MAY_BE_NONE = ("likeness", "speech")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The answer about a sample. `sound_bytes` of 16-bit mono follow it; if it is 0, the file is kept as it is."""

    figures: Figures
    sound_bytes: int
    sample_rate: int  # of the sound that follows, in Hz
    whole_seconds: float | None  # of the file, if the answer is about its best part


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptAnswer:
    """The answer with the part of a recording that is to be imitated. `sound_bytes` of 16-bit mono follow it."""

    sound_bytes: int
    sample_rate: int  # Hz
    is_whole: bool  # nothing of the recording is left out
    spoken_seconds: float  # without the pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkRequest:
    """Asks the zygote for a worker. `number` names it in every later message."""

    number: int
    job: str
    cpu_seconds: float
    memory_bytes: int


def request_fork(request: ForkRequest) -> bytes:
    return json.dumps({"fork": asdict(request)}).encode()


def request_kill(number: int) -> bytes:
    return json.dumps({"kill": number}).encode()


def zygote_request_in(message: bytes) -> ForkRequest | int:
    """Return the request for a worker, or the number of the worker to kill."""
    said = json.loads(message)
    return ForkRequest(**said["fork"]) if "fork" in said else said["kill"]


def announce_end(number: int, exit_code: int) -> bytes:
    return json.dumps({"ended": number, "exit_code": exit_code}).encode()


def end_in(message: bytes) -> tuple[int, int]:
    """Return the number of the worker that has ended, and its exit code."""
    said = json.loads(message)
    return said["ended"], said["exit_code"]


def length_of(data: bytes) -> bytes:
    """Return the bytes to send before the file."""
    return _LENGTH.pack(len(data))


def read_request(read: Callable[[int], bytes]) -> bytes:
    """Return the file. `read` returns as many bytes as it is asked for, or fewer if the bot has gone.

    Raises EOFError if the bot has gone while it sent the file.
    """
    (size,) = _LENGTH.unpack(read(_LENGTH.size))
    data = read(size)
    if len(data) < size:
        raise EOFError
    return data


def answer_reading(figures: Figures, sound: bytes, *, sample_rate: int, whole_seconds: float | None = None) -> bytes:
    """Write the answer about a sample; `sound` is 16-bit mono without a header, and empty if the file is kept."""
    line = {"figures": asdict(figures), "kept": len(sound), "rate": sample_rate, "whole": whole_seconds}
    return json.dumps(line).encode() + b"\n" + sound


def answer_copy(sound: bytes) -> bytes:
    """Write the answer with a copy; `sound` is 16-bit mono at `COPY_RATE`, without a header."""
    return json.dumps({"copied": len(sound)}).encode() + b"\n" + sound


def answer_excerpt(sound: bytes, *, sample_rate: int, is_whole: bool, spoken_seconds: float) -> bytes:
    """Write the answer with an excerpt; `sound` is 16-bit mono without a header."""
    line = {"excerpt": len(sound), "rate": sample_rate, "whole": is_whole, "spoken": spoken_seconds}
    return json.dumps(line).encode() + b"\n" + sound


def answer_refusal(refusal: SampleRefused) -> bytes:
    return json.dumps({"refused": type(refusal).__name__, "figures": refusal.figures}).encode() + b"\n"


def reading_in(answer: bytes) -> Reading:
    """Read the answer about a sample. Raises the SampleRefused that it holds, or NoAnswer if it makes no sense."""
    with _sense():
        said = _said(answer)
        sample_rate = _rate(said["rate"])
        sound_bytes = _size(said["kept"], most=MAX_KEPT_BYTES, least=0)
        whole_seconds = None if said["whole"] is None else _number(said["whole"])
        figures = _figures(said["figures"])
        return Reading(figures=figures, sound_bytes=sound_bytes, sample_rate=sample_rate, whole_seconds=whole_seconds)


def copied_bytes_in(answer: bytes) -> int:
    """Return how many bytes of a copy follow the line. Raises SampleRefused or NoAnswer, as `reading_in`."""
    with _sense():
        return _size(_said(answer)["copied"], most=MAX_COPY_BYTES, least=2)


def excerpt_in(answer: bytes) -> ExcerptAnswer:
    """Read the answer with an excerpt. Raises SampleRefused or NoAnswer, as `reading_in`."""
    with _sense():
        said = _said(answer)
        sample_rate = _rate(said["rate"])
        return ExcerptAnswer(
            sound_bytes=_size(said["excerpt"], most=MAX_EXCERPT_SECONDS * sample_rate * 2, least=2),
            sample_rate=sample_rate,
            is_whole=said["whole"] is True,
            spoken_seconds=_number(said["spoken"]),
        )


@contextmanager
def _sense() -> Generator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise NoAnswer(f"the worker's answer makes no sense: {error}") from error


def _said(answer: bytes) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer)
    if "refused" in said:
        raise _REFUSALS[said["refused"]](*map(_number, said["figures"]))
    return said


def _figures(said: dict[str, Any]) -> Figures:
    names = [field.name for field in fields(Figures)]
    numbers = {name: _number(said[name]) for name in names if said[name] is not None or name not in _MAY_BE_NONE}
    if not all(0 <= numbers.get(share, 0) <= 1 for share in ("clipped", "silence", "speech")):
        raise ValueError("a share lies between 0 and 1")
    return Figures(**cast("Any", dict.fromkeys(_MAY_BE_NONE) | numbers))


def _rate(value: object) -> int:
    if type(value) is not int or not refusals.MIN_SAMPLE_RATE <= value <= MOST_KEPT_RATE:
        raise ValueError("nothing is kept at this rate")
    return value


def _size(value: object, *, most: int, least: int) -> int:
    if type(value) is not int or not least <= value <= most or value % 2:
        raise ValueError("no sound has this size")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("a figure is a finite number")
    return value
