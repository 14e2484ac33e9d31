"""Finds the chunks of a WAV file that describe its sound and hold it, and writes plain WAVs."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.audio.kinds import wav_start
from bot.audio.refusals import BrokenHeader, EmptySample, SampleRefused, TruncatedSample

ByteOrder = Literal["<", ">"]

# Recorders that cannot go back to fill in the length leave 0xFFFFFFFF (FFmpeg), 0xFFFFFF00, 0x80000000 (arecord),
# 0x7FFFF000 less the header (SoX, eSpeak) or some other size that surely suffices. No sample that we take is that long.
_PLACEHOLDERS_FROM = 2**30

_LETTERS_BELOW = 0x7FFF_0000  # no four characters of a text are as large a size

_MAX_CHUNKS = 1_000  # far more than any recorder writes; millions would keep us busy for nothing
_SHORTEST_FORMAT = 14  # bytes of a `fmt ` chunk
_HEAD_BYTES = 8  # of a chunk, and of the file: a name and a size


@dataclass(frozen=True, slots=True, kw_only=True)
class RiffFile:
    """The parts of a WAV: `format` is the body of `fmt `, `sound` that of `data`; `sample_count` is what `fact` says.

    `missing` are the bytes of sound that the header promises beyond the end of the file. `is_flawless` says that every
    reader finds the same sound in the file, since nothing in it had to be interpreted.
    """

    byte_order: ByteOrder
    format: bytes
    sample_count: int | None
    sound: memoryview
    missing: int
    is_flawless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    name: bytes
    start: int  # of the body
    size: int  # as promised, without the pad byte

    @property
    def end(self) -> int:
        return self.start + self.size


def read_riff(data: bytes) -> RiffFile:
    """Find the sound in a WAV. Raises SampleRefused if it is empty, cut off or contradicts itself."""
    start = wav_start(data)
    if start is None:
        raise BrokenHeader
    byte_order: ByteOrder = ">" if data[start:].startswith(b"RIFX") else "<"
    return _Walk(data, start, byte_order).read()


def mono_wav(sound: bytes, *, sample_rate: int) -> bytes:
    """Return a WAV of one channel; `sound` has its samples of 16 bits, little-endian."""
    return mono_head(len(sound), sample_rate=sample_rate) + sound


def mono_head(size: int, *, sample_rate: int) -> bytes:
    """Return the header of such a WAV with `size` bytes of sound."""
    form = struct.pack("<HHIIHH", 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    return struct.pack("<4sI4s4sI16s4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, form, b"data", size)


class _Walk:
    """One way through a file, from chunk to chunk."""

    def __init__(self, data: bytes, start: int, byte_order: ByteOrder) -> None:
        self._data = data
        self._start = start
        self._byte_order: ByteOrder = byte_order
        self._found: dict[bytes, _Chunk] = {}
        self._is_flawless = start == 0 and data.startswith(b"RIFF")
        self._trouble: SampleRefused = EmptySample()

    def read(self) -> RiffFile:
        sound = self._sound_chunk()
        if sound is None:
            self._is_flawless = False
            sound = self._stray_sound_chunk()
        if sound is None:
            raise self._trouble
        return self._file(sound)

    def _sound_chunk(self) -> _Chunk | None:
        """Return the chunk `data`; None if the sizes that chunks claim do not lead to it."""
        for chunk in _chunks(self._data, self._start + 12, self._byte_order):
            if chunk.name == b"data":
                if b"fmt " not in self._found:
                    raise BrokenHeader
                return chunk
            missing = chunk.end - len(self._data)
            if missing > 0:
                is_believable = chunk.name.isascii() and not _is_placeholder(chunk.size)
                self._trouble = TruncatedSample(missing) if is_believable else BrokenHeader()
                return None
            self._note(chunk)
        return None

    def _note(self, chunk: _Chunk) -> None:
        if chunk.name == b"fmt " and chunk.name in self._found:
            if self._body(chunk.name) != self._data[chunk.start : chunk.end]:
                raise BrokenHeader
            self._is_flawless = False
        if chunk.name in {b"fmt ", b"fact", b"ds64"}:
            self._found[chunk.name] = chunk

    def _stray_sound_chunk(self) -> _Chunk | None:
        """Find `data` by its name, which helps if a pad byte before it is missing or counted twice.

        A text that happens to hold the word is not followed by a size that fits most of the file.
        """
        form = self._found.get(b"fmt ")
        if form is None:
            return None
        place = form.start + _SHORTEST_FORMAT - 1
        for _ in range(_MAX_CHUNKS):
            place = self._data.find(b"data", place + 1)
            if place == -1 or place + _HEAD_BYTES > len(self._data):
                return None
            chunk = _chunk_at(self._data, place, self._byte_order)
            present = len(self._data) - chunk.start
            if present < 2 * chunk.size <= 2 * present or chunk.size >= _LETTERS_BELOW:
                return chunk
        return None

    def _file(self, chunk: _Chunk) -> RiffFile:
        data, promised = self._data, chunk.size
        ds64 = self._body(b"ds64")
        if ds64 is not None and promised == 0xFFFF_FFFF and len(ds64) >= 16:
            promised = int(struct.unpack_from("<Q", ds64, 8)[0])  # RF64: the real size, EBU Tech 3306
        present = len(data) - chunk.start
        if not present or (not promised and _is_whole_chunks(data, chunk.start, self._byte_order)):
            raise EmptySample
        is_open = not promised or _is_placeholder(promised)
        if is_open:
            promised = present
        (riff_size,) = struct.unpack_from(f"{self._byte_order}I", data, self._start + 4)
        reaches_end = riff_size + _HEAD_BYTES >= chunk.start + promised
        return RiffFile(
            byte_order=self._byte_order,
            format=self._body(b"fmt ") or b"",
            sample_count=_sample_count(self._body(b"fact"), self._byte_order),
            sound=memoryview(data)[chunk.start : chunk.start + promised],
            missing=max(0, promised - present),
            is_flawless=self._is_flawless and reaches_end and not is_open and promised <= present,
        )

    def _body(self, name: bytes) -> bytes | None:
        chunk = self._found.get(name)
        return None if chunk is None else self._data[chunk.start : chunk.end]


def _chunks(data: bytes, start: int, byte_order: ByteOrder) -> Iterator[_Chunk]:
    """Return the chunks from `start` on; the last one's body may reach beyond the file."""
    for _ in range(_MAX_CHUNKS):
        if start + _HEAD_BYTES > len(data):
            return
        chunk = _chunk_at(data, start, byte_order)
        yield chunk
        start = chunk.end + chunk.size % 2
    raise BrokenHeader


def _chunk_at(data: bytes, place: int, byte_order: ByteOrder) -> _Chunk:
    name, size = struct.unpack_from(f"{byte_order}4sI", data, place)
    return _Chunk(name=name, start=place + _HEAD_BYTES, size=size)


def _is_placeholder(size: int) -> bool:
    return size >= _PLACEHOLDERS_FROM


def _is_whole_chunks(data: bytes, start: int, byte_order: ByteOrder) -> bool:
    """Return whether only chunks follow. If so, a size of 0 before them is meant and no placeholder."""
    for chunk in _chunks(data, start, byte_order):
        start = chunk.end
        if start > len(data) or not (chunk.name.isascii() and chunk.name.decode().isprintable()):
            return False
    return len(data) - start <= 1


def _sample_count(fact: bytes | None, byte_order: ByteOrder) -> int | None:
    if fact is None or len(fact) < 4:
        return None
    return int(struct.unpack_from(f"{byte_order}I", fact)[0])
