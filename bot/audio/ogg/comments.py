"""The comments of our voice messages: what the tags of our MP3s say (`mp3/tags.py`), in the form that Ogg has for it.

They are Vorbis comments (RFC 7845, section 5.2): a name and a value each, in UTF-8.
"""

import re
import struct
from collections.abc import Mapping
from itertools import islice

# The synthetic origin in the words of the IPTC.
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

_VENDOR = b"Mynah"
_LONGEST_TEXT = 2000  # bytes of a name or a sentence; all comments fit into one page

_MARK = re.compile(rb"(?i:mynah)=([0-9a-f]{16}\.[0-9]{1,15}\.[0-9a-f]{128})")
_MOST_MARKS = 8


def comment_packet(*, title: str, artist: str, comment: str, mark: str) -> bytes:
    """Return the packet that marks a sound as synthetic."""
    comments = {
        "TITLE": title,
        "ARTIST": artist,
        "DESCRIPTION": comment,
        "SYNTHETIC": "true",
        "DIGITALSOURCETYPE": _SOURCE,
        "MYNAH": mark,
    }
    return words_packet(comments)


def words_packet(comments: Mapping[str, str]) -> bytes:
    """Return the second packet of an Ogg file; the names are capitals."""
    written = [f"{name}=".encode("ascii") + _utf_8(value) for name, value in comments.items()]
    return b"".join(
        (b"OpusTags", _with_length(_VENDOR), struct.pack("<I", len(written)), *map(_with_length, written)),
    )


def marks_in(data: bytes) -> list[str]:
    """Return what looks like a mark of ours, the first few of them. The comments are not taken apart for it."""
    return list(islice((match[1].decode("ascii") for match in _MARK.finditer(data)), _MOST_MARKS))


def _with_length(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text


def _utf_8(text: str) -> bytes:
    """Encode a text without NUL, which ends it for some programs, half surrogate pairs, and what begins a page."""
    encoded = text.replace("\0", "").replace("OggS", "Ogg S").encode("utf-8", "replace")[:_LONGEST_TEXT]
    return encoded.decode("utf-8", "ignore").encode()
