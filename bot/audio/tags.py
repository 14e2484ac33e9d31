"""What an MP3 tells about itself: to a player in words, to us by a mark."""

import re
from io import BytesIO
from itertools import islice
from typing import Any, cast

from mutagen.id3 import COMM, ID3, TIT2, TPE1, TXXX, UFID, Encoding

from bot.audio.mpeg import sound_span
from bot.errors import NoSound

# The owner that a UFID frame names, NUL, and what is its own: an id and a signature.
_MARK_OWNER = "mynah"
_MARK = re.compile(rb"mynah\0([0-9a-f]{16}\.[0-9a-f]{40})")
_MOST_MARKS = 8


def tag_mp3(data: bytes, *, title: str, artist: str, comment: str, mark: str) -> bytes:
    """The same sound with these tags and no others, marked as synthetic. Raises NoSound."""
    span = sound_span(data)
    if span is None:
        raise NoSound("there is no MPEG frame in it")
    start, end = span
    tags = cast("Any", ID3())  # mutagen has no types
    tags.add(UFID(owner=_MARK_OWNER, data=mark.encode("ascii")))
    tags.add(TIT2(encoding=Encoding.UTF16, text=[_tag_text(title)]))
    tags.add(TPE1(encoding=Encoding.UTF16, text=[_tag_text(artist)]))
    tags.add(COMM(encoding=Encoding.UTF16, lang="eng", desc="", text=[_tag_text(comment)]))
    tags.add(TXXX(encoding=Encoding.UTF16, desc="SYNTHETIC", text=["true"]))
    written = BytesIO()
    tags.save(written, v1=0, v2_version=3)  # 2.3 is the version that every player reads
    return written.getvalue() + data[start:end]


def marks_in(data: bytes) -> list[str]:
    """What looks like a mark of ours around the sound, each as `<id>.<signature>`, the first few of them.

    They are searched for without taking the tags apart: in a stranger's file these may unpack to anything.
    """
    span = sound_span(data)
    if span is None:
        return []
    start, end = span
    around = (data[:start], data[end:])
    found = (match[1].decode("ascii") for part in around for match in _MARK.finditer(part))
    return list(islice(found, _MOST_MARKS))


def _tag_text(text: str) -> str:
    """Without what ID3 cannot hold: NUL ends a text there, and half a surrogate pair has no encoding."""
    return text.replace("\0", "").encode("utf-16", "replace").decode("utf-16")
