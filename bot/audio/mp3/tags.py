"""The tags of our MP3s: words for people, metadata for machines, and the mark by which `/verify` knows a sound.

ID3v2.4 with UTF-8 (https://id3.org/id3v2.4.0-frames): it holds no byte 0xFF, so no player can take a piece of it for
sound. The bytes are put together here, since this is done for every sound and a library takes fifteen times as long.
"""

import re
from itertools import islice

# The synthetic origin in the words of the IPTC, as XMP in a PRIV frame (ISO 16684 and "XMP Specification Part 3", MP3).
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<Iptc4xmpExt:DigitalSourceType>"
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    "</Iptc4xmpExt:DigitalSourceType>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="w"?>'
).encode()

_UTF_8 = b"\3"

# A mark of today, one from before it was an Ed25519 signature, or an id alone; `services/speech/marks.py` reads them.
_MARK = re.compile(rb"mynah\0([0-9a-f]{16}(?:\.[0-9]{1,15}\.[0-9a-f]{128}|\.[0-9a-f]{40})?)")
_MOST_MARKS = 8


def tag_mp3(frames: bytes, *, title: str, artist: str, comment: str, mark: str) -> bytes:
    """Return the frames behind tags that mark them as synthetic."""
    sound_id = mark.partition(".")[0]
    tags = b"".join(
        (
            _id3_frame(b"TIT2", _UTF_8 + _utf_8(title)),
            _id3_frame(b"TPE1", _UTF_8 + _utf_8(artist)),
            _id3_frame(b"COMM", _UTF_8 + b"eng\0" + _utf_8(comment)),
            _id3_frame(b"TXXX", _UTF_8 + b"SYNTHETIC\0true"),
            _id3_frame(b"UFID", b"mynah\0" + sound_id.encode("ascii")),
            _id3_frame(b"PRIV", b"mynah\0" + mark.encode("ascii")),
            _id3_frame(b"PRIV", b"XMP\0" + _XMP),
        )
    )
    return b"".join((b"ID3\4\0\0", _id3_size(len(tags)), tags, frames))


def marks_in(*parts: bytes) -> list[str]:
    """Return what looks like a mark of ours in these parts of a file, the first few of them.

    The tags are not taken apart for it: in a stranger's file they may unpack to anything.
    """
    found = (match[1].decode("ascii") for part in parts for match in _MARK.finditer(part))
    return list(islice(found, _MOST_MARKS))


def _id3_frame(name: bytes, body: bytes) -> bytes:
    return b"".join((name, _id3_size(len(body)), b"\0\0", body))


def _id3_size(size: int) -> bytes:
    """Return a size as four bytes of seven bits each, so that none can be 0xFF."""
    return bytes((size >> 21 & 0x7F, size >> 14 & 0x7F, size >> 7 & 0x7F, size & 0x7F))


def _utf_8(text: str) -> bytes:
    """Encode a text without what a tag cannot hold: NUL, which ends a text there, and half surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace")
