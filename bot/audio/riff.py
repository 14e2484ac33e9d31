"""The chunks of a WAV file: where the description of its sound is, and where the sound; and a plain one of ours."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.audio.refusals import BrokenHeader, EmptySample, TruncatedSample

ByteOrder = Literal["<", ">"]

# Recorders that cannot go back to fill in the length leave 0xFFFFFFFF (FFmpeg), 0xFFFFFF00, 0x80000000
# (arecord) or 0x7FFFF000 less the header (SoX, eSpeak). No sample that we take is that long.
_PLACEHOLDERS_FROM = 0x7FFF_0000

# Some writers count the pad byte, or the 44 bytes of the header, as sound. So few bytes are nobody's words.
_FORGIVEN_BYTES = 64

_MAX_CHUNKS = 1_000  # far more than any recorder writes; millions would keep us busy for nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RiffFile:
    """`format` is the body of `fmt `, `sound` that of `data`; `sample_count` is what `fact` says."""

    byte_order: ByteOrder
    format: bytes
    sample_count: int | None
    sound: memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    name: bytes
    start: int  # of the body
    size: int  # as promised, without the pad byte


def read_riff(data: bytes) -> RiffFile:
    """Find the sound in what begins like a WAV; raises what refuses an empty, cut or contradictory one."""
    byte_order: ByteOrder = ">" if data[:4] == b"RIFX" else "<"
    seen: dict[bytes, bytes] = {}
    for chunk in _chunks(data, 12, byte_order):
        if chunk.name == b"data":
            if b"fmt " not in seen:
                raise BrokenHeader
            return RiffFile(
                byte_order=byte_order,
                format=seen[b"fmt "],
                sample_count=_sample_count(seen.get(b"fact"), byte_order),
                sound=_sound(data, chunk, byte_order, seen.get(b"ds64")),
            )
        if chunk.name == b"fmt " and chunk.name in seen:
            raise BrokenHeader
        missing = chunk.start + chunk.size - len(data)
        if missing > 0:
            raise TruncatedSample(missing) if chunk.name.isascii() else BrokenHeader
        if chunk.name in {b"fmt ", b"fact", b"ds64"}:
            seen[chunk.name] = data[chunk.start : chunk.start + chunk.size]
    raise EmptySample


def mono_wav(sound: bytes, *, sample_rate: int) -> bytes:
    """A WAV of one channel; `sound` is its samples of 16 bits, little end first."""
    form = struct.pack("<HHIIHH", 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    head = struct.pack("<4sI4s4sI16s4sI", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16, form, b"data", len(sound))
    return head + sound


def _chunks(data: bytes, start: int, byte_order: ByteOrder) -> Iterator[_Chunk]:
    """The chunks from `start` on; the last one's body may reach beyond the file."""
    for _ in range(_MAX_CHUNKS):
        if start + 8 > len(data):
            return
        name, size = struct.unpack_from(f"{byte_order}4sI", data, start)
        yield _Chunk(name=name, start=start + 8, size=size)
        start += 8 + size + size % 2
    raise BrokenHeader


def _sound(data: bytes, chunk: _Chunk, byte_order: ByteOrder, ds64: bytes | None) -> memoryview:
    promised = chunk.size
    if ds64 is not None and promised == 0xFFFF_FFFF and len(ds64) >= 16:
        promised = int(struct.unpack_from("<Q", ds64, 8)[0])  # RF64: the real size, EBU Tech 3306
    present = len(data) - chunk.start
    if not present or (not promised and _is_whole_chunks(data, chunk.start, byte_order)):
        raise EmptySample
    if not promised or _is_placeholder(promised):
        promised = present
    if promised - present > _FORGIVEN_BYTES:
        raise TruncatedSample(promised - present)
    return memoryview(data)[chunk.start : chunk.start + promised]


def _is_placeholder(size: int) -> bool:
    return _PLACEHOLDERS_FROM <= size <= 0xFFFF_FFFF or size >= 2**63 - 2**32


def _is_whole_chunks(data: bytes, start: int, byte_order: ByteOrder) -> bool:
    """Whether nothing but chunks follows, so that a size of 0 was meant and is no placeholder."""
    for chunk in _chunks(data, start, byte_order):
        start = chunk.start + chunk.size
        if start > len(data) or not (chunk.name.isascii() and chunk.name.decode().isprintable()):
            return False
    return len(data) - start <= 1


def _sample_count(fact: bytes | None, byte_order: ByteOrder) -> int | None:
    if fact is None or len(fact) < 4:
        return None
    return int(struct.unpack_from(f"{byte_order}I", fact)[0])
