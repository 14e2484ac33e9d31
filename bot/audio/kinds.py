"""What a file seems to be, from its content; neither its name nor its declared type is asked."""

import re
from collections.abc import Mapping

from bot.audio.refusals import MAX_SAMPLE_BYTES, EmptySample, NotAWav, TooLarge

_OPENINGS: Mapping[str, str] = {  # each a regular expression for the first bytes
    r"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]": "an MP3",
    r"\xff[\xf0\xf1\xf8\xf9]": "an AAC file",
    r"\xff[\xe4-\xe7\xf4-\xf7\xfc-\xff]": "an MPEG audio file",
    r".{4}ftyp(heic|heif|mif1|avif)": "a picture",
    r"OggS": "an Ogg file",
    r"fLaC": "a FLAC",
    r"\x1a\x45\xdf\xa3": "a WebM or Matroska file",
    r"FORM.{4}AIF[FC]": "an AIFF",
    r"RIFF.{4}WEBP": "a picture",
    r"RIFF.{4}AVI ": "a video",
    r"riff\x2e\x91\xcf\x11": "a Wave64 file",
    r"caff": "a Core Audio file",
    r"\.snd": "an AU file",
    r"#!AMR": "an AMR file",
    r"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "a Windows Media file",
    r"MThd": "a MIDI file",
    r"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0{4}": "a picture",
    r"%PDF": "a PDF",
    r"PK\x03\x04|7z\xbc\xaf|Rar!": "an archive",
    r"\s*(<|\{|#EXTM3U)": "a text file",
}
_KINDS = [(re.compile(opening.encode("latin-1"), re.DOTALL), kind) for opening, kind in _OPENINGS.items()]

# The family of MP4 holds sound, pictures or both; its tracks say which (`hdlr`, ISO 14496-12), its brand does not.
_MP4_BRAND = re.compile(rb".{4}ftyp(.{4})", re.DOTALL)
_MP4_PICTURES = re.compile(rb"hdlr.{8}vide", re.DOTALL)
_MP4_SOUNDS: Mapping[bytes, str] = {
    b"M4A": "an M4A",
    b"M4B": "an M4A",
    b"qt ": "a QuickTime file",
    b"3gp": "a 3GP file",
}

_WAV = re.compile(rb"(RIFF|RIFX|RF64|BW64).{4}WAVE", re.DOTALL)
_ID3 = re.compile(rb"ID3..(.)([\0-\x7f]{4})", re.DOTALL)  # id3.org, ID3v2.4: flags, and a size of 7 bits a byte
_ID3_HEADER_BYTES = 10
_HAS_FOOTER = 0x10
_MOST_TAGS = 8
_FOREIGN_BYTES = 4096  # before a WAV: MacBinary has 128 bytes, the head of an upload form some hundred


def refuse_at_sight(data: bytes) -> None:
    """Raise the refusal of a file whose size or first bytes already settle it."""
    if not data:
        raise EmptySample
    if len(data) > MAX_SAMPLE_BYTES:
        raise TooLarge
    if wav_start(data) is None:
        brand = _MP4_BRAND.match(data)
        kind = _kind_at(data, _behind_tags(data))
        if kind is None and brand:
            raise _not_a_wav_but_mp4(data, brand[1])
        raise NotAWav(kind or ("an MP3" if _ID3.match(data) else None))


def wav_start(data: bytes) -> int | None:
    """Return where the WAV in a file begins; None if there is none.

    A tagger may have put ID3 tags before it, a careless program some bytes that mean nothing.
    """
    start = _behind_tags(data)
    if _WAV.match(data, start):
        return start
    if _kind_at(data, start) is not None or _MP4_BRAND.match(data):
        return None  # what it holds further on is a part of that
    found = _WAV.search(data, start, start + _FOREIGN_BYTES)
    return found.start() if found else None


def _behind_tags(data: bytes) -> int:
    start = 0
    for _ in range(_MOST_TAGS):
        tag = _ID3.match(data, start)
        if tag is None:
            break
        size = sum(byte << 7 * place for place, byte in enumerate(reversed(tag[2])))
        start += _ID3_HEADER_BYTES + size + (_ID3_HEADER_BYTES if tag[1][0] & _HAS_FOOTER else 0)
    return start


def _kind_at(data: bytes, start: int) -> str | None:
    return next((kind for opening, kind in _KINDS if opening.match(data, start)), None)


def _not_a_wav_but_mp4(data: bytes, brand: bytes) -> NotAWav:
    if _MP4_PICTURES.search(data):
        return NotAWav("a video")
    return NotAWav(_MP4_SOUNDS.get(brand[:3], "an MP4"), from_a_phone=True)
