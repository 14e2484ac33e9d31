"""What an MP3 tells a player to show: that it is synthetic, whose voice it is, who asked for it."""

from io import BytesIO
from typing import Any, cast

from mutagen.id3 import COMM, ID3, TIT2, TPE1, TXXX, Encoding

from bot.audio.mpeg import first_frame
from bot.errors import NoSound

_ID3V1_BYTES = 128


def tag_mp3(data: bytes, *, title: str, artist: str, comment: str) -> bytes:
    """The same sound with these tags and no others, marked as synthetic. Raises NoSound."""
    start = first_frame(data)
    if start is None:
        raise NoSound("there is no MPEG frame in it")
    end = len(data) - _ID3V1_BYTES if data[-_ID3V1_BYTES:].startswith(b"TAG") else len(data)
    tags = cast("Any", ID3())  # mutagen has no types
    tags.add(TIT2(encoding=Encoding.UTF16, text=[_tag_text(title)]))
    tags.add(TPE1(encoding=Encoding.UTF16, text=[_tag_text(artist)]))
    tags.add(COMM(encoding=Encoding.UTF16, lang="eng", desc="", text=[_tag_text(comment)]))
    tags.add(TXXX(encoding=Encoding.UTF16, desc="SYNTHETIC", text=["true"]))
    written = BytesIO()
    tags.save(written, v1=0, v2_version=3)  # 2.3 is the version that every player reads
    return written.getvalue() + data[start:end]


def _tag_text(text: str) -> str:
    """Without what ID3 cannot hold: NUL ends a text there, and half a surrogate pair has no encoding."""
    return text.replace("\0", "").encode("utf-16", "replace").decode("utf-16")
