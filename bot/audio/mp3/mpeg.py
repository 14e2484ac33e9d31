"""The frames of MPEG audio, as ISO 11172-3 and 13818-3 define them: find them, join them, hash them."""

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import NamedTuple

MIN_MP3_BYTES = 1_000  # Fish Audio has answered 200 with less, and there was no sound in it

_SEARCHED_BYTES = 2**16  # after the tags; more padding than this before the first frame no encoder writes
MOST_TAGS = 128  # before the sound, and as many behind it

# The versions of ID3v2 that exist (2.2.0, 2.3.0, 2.4.0), and which flags their headers may have.
ID3V2_FLAGS = {b"\2\0": 0xC0, b"\3\0": 0xE0, b"\4\0": 0xF0}
ID3V2_UNSYNCHRONISED, ID3V2_FOOTER = 0x80, 0x10

# Sample rates in Hz by the header's two version bits (2.5, reserved, 2, 1), then by its rate index.
_RATES = ((11_025, 12_000, 8_000), (), (22_050, 24_000, 16_000), (44_100, 48_000, 32_000))

# kbit/s by bitrate index from 1 to 14; for MPEG-1 by layer (1, 2, 3), for MPEG-2 and 2.5 likewise.
_BITRATES_1 = (
    (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
_BITRATES_2 = (
    (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)


class Frame(NamedTuple):
    kind: tuple[int, int, int]  # version bits, layer, sample rate: the same in all frames of one sound
    size: int  # bytes, header included


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Frames of one kind, each beginning where the one before it ends."""

    start: int
    end: int
    count: int


def _frames() -> dict[bytes, Frame]:
    """Return every frame by the first three bytes of its header, without free format, which does not say its size.

    Headers that mean the same share one value, which takes a quarter of the memory.
    """
    frames: dict[bytes, Frame] = {}
    for version, layer, rate in product((0, 2, 3), (1, 2, 3), (0, 1, 2)):
        kind = version, layer, _RATES[version][rate]
        for index, padding in product(range(1, 15), (0, 1)):
            bitrate = (_BITRATES_1 if version == 3 else _BITRATES_2)[layer - 1][index - 1] * 1000
            frame = Frame(kind, _size(kind, bitrate, padding))
            for protection, private in product((0, 1), (0, 1)):
                second = 0xE0 | version << 3 | 4 - layer << 1 | protection
                third = index << 4 | rate << 2 | padding << 1 | private
                frames[bytes((0xFF, second, third))] = frame
    return frames


def _size(kind: tuple[int, int, int], bitrate: int, padding: int) -> int:
    """Return how many bytes a frame has, header included."""
    version, layer, sample_rate = kind
    if layer == 1:
        return (12 * bitrate // sample_rate + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bitrate // sample_rate + padding


_FRAMES = _frames()

# What may be a header, free format included. The bytes after the first are behind a lookahead, because headers overlap.
_SECOND_BYTES = bytes({header[1] for header in _FRAMES})
_THIRD_BYTES = bytes({header[2] & mask for header in _FRAMES for mask in (0xFF, 0x0F)})
LIKE_A_HEADER = re.compile(b"\xff(?=[%s][%s].)" % (re.escape(_SECOND_BYTES), re.escape(_THIRD_BYTES)), re.DOTALL)


def frame_at(data: bytes, at: int) -> Frame | None:
    return _FRAMES.get(data[at : at + 3])


def frame_run(data: bytes, start: int, end: int) -> FrameRun:
    """Return the whole frames of one kind from `start` on, before `end`."""
    first = frame_at(data, start)
    if first is None:
        return FrameRun(start, start, 0)
    at, count, size = start, 0, 0
    while at < end and (frame := _FRAMES.get(data[at : at + 3])) is not None and frame.kind == first.kind:
        size = frame.size
        at += size
        count += 1
    return FrameRun(start, at, count) if at <= end else FrameRun(start, at - size, count - 1)


def first_frame(data: bytes) -> int | None:
    """Return the offset of the first frame that another one follows, behind any ID3v2 tags."""
    start = _end_of_tags(data)
    return _next_frame(data, start, min(len(data), start + _SEARCHED_BYTES))


def whole_frames(data: bytes) -> bytes | None:
    """Return the frames of a sound without tags, index, gaps and a truncated end; None if there is not enough of it.

    Fish Audio may join pieces, with tags or junk between them, which a player skips. Nothing of that is kept.
    """
    start = first_frame(data)
    first = None if start is None else frame_at(data, start)
    if first is None:
        return None
    pieces: list[bytes] = []
    while start is not None:
        run = frame_run(data, start, len(data))
        pieces.append(data[run.start : run.end])
        start = _next_frame(data, run.end, len(data), like=first.kind)
    index = IndexFrame.of(pieces[0])
    frames = b"".join((pieces[0][index.size if index else 0 :], *pieces[1:]))
    return frames if len(frames) >= MIN_MP3_BYTES else None


def sound_hash(frames: bytes) -> str:
    """Return the SHA-256 of frames in hexadecimal, without the index frame, which copying may add or rewrite."""
    index = IndexFrame.of(frames)
    return sha256(memoryview(frames)[index.size if index else 0 :]).hexdigest()


@dataclass(frozen=True, slots=True)
class IndexFrame:
    """The silent first frame in which an encoder notes how long the sound is."""

    size: int
    counted: int | None  # frames, as it says

    @classmethod
    def of(cls, frames: bytes) -> "IndexFrame | None":
        first = frame_at(frames, 0)
        if first is None:
            return None
        size, beginning = first.size, frames[: min(first.size, 56)]
        for at in (13, 21, 36):  # behind a header and the side information of the MPEG version, mono or stereo
            if beginning[at : at + 4] in {b"Xing", b"Info"}:
                has_count = int.from_bytes(beginning[at + 4 : at + 8], "big") & 1
                return cls(size, int.from_bytes(beginning[at + 8 : at + 12], "big") if has_count else None)
        return cls(size, int.from_bytes(beginning[50:54], "big")) if beginning[36:40] == b"VBRI" else None

    def is_true_of(self, count: int) -> bool:
        """Return whether the index is right about a file of `count` frames. Some players stop where it says.

        Some encoders count the index frame itself, others do not: both count as right.
        """
        return self.counted is None or self.counted in {count - 1, count}


def _next_frame(data: bytes, start: int, end: int, *, like: tuple[int, int, int] | None = None) -> int | None:
    """Return the offset of the next frame that another one of its kind follows."""
    for found in LIKE_A_HEADER.finditer(data, start, min(len(data), end + 3)):
        at = found.start()
        frame = frame_at(data, at)
        if frame is None or (like is not None and frame.kind != like):
            continue
        following = frame_at(data, at + frame.size)
        if following is not None and following.kind == frame.kind:
            return at
    return None


def end_of_id3v2(data: bytes, at: int) -> int | None:
    """Return where the ID3v2 tag that begins here ends, perhaps after the end of the file; None if none begins."""
    header = data[at : at + 10]
    flags = ID3V2_FLAGS.get(header[3:5])
    if len(header) < 10 or header[:3] != b"ID3" or flags is None or header[5] & ~flags or max(header[6:]) > 0x7F:
        return None
    size = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
    return at + 10 + size + (10 if header[5] & ID3V2_FOOTER else 0)


def _end_of_tags(data: bytes) -> int:
    end = 0
    for _ in range(MOST_TAGS):
        following = end_of_id3v2(data, end)
        if following is None:
            break
        end = following
    return end
