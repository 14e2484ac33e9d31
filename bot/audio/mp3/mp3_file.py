"""Tells the sound in an MP3 file from the tags, so strictly that no player can read the file otherwise.

A player may not know a tag and look for frames inside it, or may trust a size that is wrong. So only those tags count
that every player skips, and nothing in them may look like frames. In any other file the sound has no sure bounds.
"""

import re
import struct
from dataclasses import dataclass

from bot.audio.mp3.mpeg import (
    ID3V2_FOOTER,
    ID3V2_UNSYNCHRONISED,
    LIKE_A_HEADER,
    MOST_TAGS,
    IndexFrame,
    end_of_id3v2,
    frame_at,
    frame_run,
)

MAX_TAG_BYTES = 2**20  # before the sound, and as many behind it

_LONGEST_FREE_FRAME = 4096  # bytes between two headers of free format
_MOST_LONE_FRAMES = 8  # in a large picture, chance makes some; played, they would last a fifth of a second
_BYTE_ORDER_MARK = b"\xff\xfe"  # begins a UTF-16 text, and would be a header of MPEG-1 Layer I with a checksum
_FEWEST_AFTER_BYTE_ORDER_MARK = 4  # frames in a row that are no chance

_ID3V1_BYTES, _ENHANCED_TAG_BYTES = 128, 227
_LYRICS_1_BYTES = 5100
_APE_BYTES = 32  # a header, or a footer
_APE = struct.Struct("<4IQ")  # version, size without the header, items, flags, reserved
_MOST_APE_ITEMS = 1_000
_APE_HAS_HEADER, _APE_IS_HEADER = 0x8000_0000, 0x2000_0000
_SYNC = re.compile(rb"\xff[\xe0-\xff]")
_APE_KEY = re.compile(rb"[ -~]{2,255}\0")


@dataclass(frozen=True, slots=True)
class Mp3:
    """A file whose sound begins and ends where every player says so."""

    sound: bytes
    tags: tuple[bytes, bytes]  # before the sound, and behind it


def read_mp3(data: bytes) -> Mp3 | None:
    """Return the parts of the file; None if a player could find other sound in it, or less, or none at all."""
    start = _end_of_leading_tags(data)
    end = _start_of_trailing_tags(data, start)
    run = frame_run(data, start, end)
    if run.count < 2 or _leading_tags_may_be_played(data, start) or LIKE_A_HEADER.search(data, end):
        return None
    sound = data[start:end]
    index = IndexFrame.of(sound)
    if index is not None and not index.is_true_of(run.count):
        return None
    return Mp3(sound, (data[:start], data[end:]))


def _end_of_leading_tags(data: bytes) -> int:
    """Return the end of the ID3v2 tags that every player skips; if another tag follows, no frame begins there."""
    end = 0
    for _ in range(MOST_TAGS):
        following = end_of_id3v2(data, end)
        if following is None or following > min(len(data), MAX_TAG_BYTES):
            break
        if data[end + 5] & ID3V2_FOOTER and data[following - 10 : following] != b"3DI" + data[end + 3 : end + 10]:
            break
        end = following
    return end


def _leading_tags_may_be_played(data: bytes, end: int) -> bool:
    """Return whether a player that does not know ID3v2 could find sound in these tags."""
    if looks_playable(data, end):
        return True
    start = 0
    while start < end:
        following = end_of_id3v2(data, start) or end
        if data[start + 5] & ID3V2_UNSYNCHRONISED:
            # Such a tag has a zero behind each 0xFF, lest anything in it look like a frame.
            body = data[start + 10 : following]
            if _SYNC.search(body) or looks_playable(body.replace(b"\xff\0", b"\xff")):
                return True
        start = following
    return False


def looks_playable(data: bytes, end: int | None = None) -> bool:
    """Return whether there are frames before `end`: two in a row, or many that are like the one at `end`."""
    sound = None if end is None else frame_at(data, end)
    lone = 0
    free_formats: dict[bytes, int] = {}
    for found in LIKE_A_HEADER.finditer(data, 0, len(data) if end is None else end + 3):
        at = found.start()
        is_byte_order_mark = data.startswith(_BYTE_ORDER_MARK, at)
        frame = frame_at(data, at)
        if frame is not None:
            lone += sound is not None and frame.kind == sound.kind
            fewest = _FEWEST_AFTER_BYTE_ORDER_MARK if is_byte_order_mark else 2
            if lone > _MOST_LONE_FRAMES or frame_run(data, at, len(data)).count >= fewest:
                return True
        elif not is_byte_order_mark:  # free format: the distance to the next such header is the frame's size
            header = data[at : at + 2] + bytes([data[at + 2] & 0xFC])
            if at - free_formats.get(header, -_LONGEST_FREE_FRAME - 1) <= _LONGEST_FREE_FRAME:
                return True
            free_formats[header] = at
    return False


def _start_of_trailing_tags(data: bytes, start: int) -> int:
    end, first = len(data), max(start, len(data) - MAX_TAG_BYTES)
    for _ in range(MOST_TAGS):
        size = _ape_bytes(data, end) or _lyrics_bytes(data, end) or _id3v1_bytes(data, end)
        if not size or end - size < first:
            break
        end -= size
    return end


def _id3v1_bytes(data: bytes, end: int) -> int:
    """Return the size of the ID3v1 tag, or of the enhanced one before it, that ends here; 0 if none does."""
    if end >= _ENHANCED_TAG_BYTES and data.startswith(b"TAG+", end - _ENHANCED_TAG_BYTES):
        return _ENHANCED_TAG_BYTES
    return _ID3V1_BYTES if end >= _ID3V1_BYTES and data.startswith(b"TAG", end - _ID3V1_BYTES) else 0


def _lyrics_bytes(data: bytes, end: int) -> int:
    """Return the size of the Lyrics3 tag, of version 1 or 2, that ends here; 0 if none does."""
    if data.endswith(b"LYRICSEND", 0, end):
        earliest = max(0, end - len(b"LYRICSBEGINLYRICSEND") - _LYRICS_1_BYTES)
        start = data.rfind(b"LYRICSBEGIN", earliest, end)
        return end - start if start >= 0 else 0
    digits = data[max(0, end - 15) : end - 9] if data.endswith(b"LYRICS200", 0, end) else b""
    size = int(digits) + 15 if re.fullmatch(rb"[0-9]{6}", digits) else 0
    return size if size <= end and data.startswith(b"LYRICSBEGIN", end - size) else 0


def _ape_bytes(data: bytes, end: int) -> int:
    """Return the size of the APE tag that ends here; 0 if none does, or if its sizes do not fit together."""
    footer = data[max(0, end - _APE_BYTES) : end]
    if len(footer) < _APE_BYTES or not footer.startswith(b"APETAGEX"):
        return 0
    version, size, count, flags, reserved = _APE.unpack_from(footer, 8)
    start, last = end - size, end - _APE_BYTES
    is_footer = version in {1000, 2000} and not flags & _APE_IS_HEADER and not reserved
    if not is_footer or count > _MOST_APE_ITEMS or not 0 <= start <= last:
        return 0
    at = start
    for _ in range(count):
        key = _APE_KEY.match(data, at + 8, last)
        at = key.end() + int.from_bytes(data[at : at + 4], "little") if key else end
        if at > last:
            return 0
    if at != last:
        return 0
    if not flags & _APE_HAS_HEADER:
        return size
    header = data[max(0, start - _APE_BYTES) : start]
    is_same = header[:20] == footer[:20] and _APE.unpack_from(header, 8)[3] & _APE_IS_HEADER
    return size + _APE_BYTES if is_same else 0
