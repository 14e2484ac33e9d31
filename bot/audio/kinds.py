"""Tells from a file's content what it seems to be. Neither its name nor its declared type counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.audio.refusals import MAX_SAMPLE_BYTES, AVideo, EmptySample, Encrypted, NotUsable, Synthetic, TooLarge

_USABLE: Mapping[str, str] = {  # FFmpeg's demuxers, each by a regular expression for the first bytes
    r"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]": "mp3",
    r"\xff[\xf0\xf1\xf8\xf9]": "aac",
    r"OggS": "ogg",
    r"fLaC": "flac",
    r"\x1a\x45\xdf\xa3": "matroska",
    r".{4}ftyp": "mov",
}
_OTHERS: Mapping[str, str] = {  # they come first: some pictures are in the family of MP4
    r"\xff[\xe4-\xe7\xf4-\xf7\xfc-\xff]": "an MPEG audio file",
    r".{4}ftyp(heic|heif|mif1|avif)": "a picture",
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
    r"\s*(<|\{|#)": "a text file",
}


def _compiled(openings: Mapping[str, str]) -> list[tuple[re.Pattern[bytes], str]]:
    return [(re.compile(opening.encode("latin-1"), re.DOTALL), kind) for opening, kind in openings.items()]


_USABLE_KINDS, _OTHER_KINDS = _compiled(_USABLE), _compiled(_OTHERS)
DEMUXERS = frozenset({*_USABLE.values(), "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})  # with FFmpeg's full names

# The family of MP4 holds sound, pictures or both; its tracks say which (`hdlr`, ISO 14496-12), its brand does not.
# How the sound is coded stands in `stsd`; two of the codes mean that it is encrypted.
_MP4_PICTURES = re.compile(rb"hdlr.{8}vide", re.DOTALL)
_MP4_ENCRYPTED = re.compile(rb"stsd.{12}(enca|drms)", re.DOTALL)

_SYNTHETIC = (
    b"/digitalsourcetype/trainedAlgorithmicMedia"  # the IPTC's word for it: in all that we make, and others too
)

_WAV = re.compile(rb"(RIFF|RIFX|RF64|BW64).{4}WAVE", re.DOTALL)
_ID3 = re.compile(rb"ID3..(.)([\0-\x7f]{4})", re.DOTALL)  # id3.org, ID3v2.4: flags, and a size of 7 bits a byte
_ID3_HEADER_BYTES = 10
_HAS_FOOTER = 0x10
_MOST_TAGS = 8
_FOREIGN_BYTES = 4096  # before a WAV: MacBinary has 128 bytes, the head of an upload form some hundred


@dataclass(frozen=True, slots=True)
class Container:
    """How FFmpeg takes a file apart: with `demuxer` alone, from the byte `start` on."""

    demuxer: str
    start: int


def refuse_at_sight(data: bytes) -> None:
    """Refuse a file whose size or first bytes show that it cannot be a sample. Raises SampleRefused."""
    if not data:
        raise EmptySample
    if len(data) > MAX_SAMPLE_BYTES:
        raise TooLarge
    if _SYNTHETIC in data:
        raise Synthetic
    container = container_in(data)
    if container is None and wav_start(data) is None:
        raise NotUsable(_other_kind(data))
    if container is not None and container.demuxer == "mov":
        _refuse_mp4(data)


def container_in(data: bytes) -> Container | None:
    """Return how to read a recording in another form than WAV; None for a WAV, and for other files."""
    start = _behind_tags(data)
    if _other_kind(data) is not None or _WAV.match(data, start):
        return None
    for opening, demuxer in _USABLE_KINDS:
        if opening.match(data, start):
            return Container(demuxer, start)
    # An MP3 needs no head of its own: behind its tag there may be padding before the first frame.
    return Container("mp3", start) if start and wav_start(data) is None else None


def wav_start(data: bytes) -> int | None:
    """Return where the WAV in a file begins; None if there is none.

    A tagger may have put ID3 tags before it, a careless program some bytes that mean nothing.
    """
    start = _behind_tags(data)
    if _WAV.match(data, start):
        return start
    if _other_kind(data) is not None or any(opening.match(data, start) for opening, _ in _USABLE_KINDS):
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


def _other_kind(data: bytes) -> str | None:
    """Return what a file is that cannot be used; None if that is not known."""
    start = _behind_tags(data)
    return next((kind for opening, kind in _OTHER_KINDS if opening.match(data, start)), None)


def _refuse_mp4(data: bytes) -> None:
    if _MP4_PICTURES.search(data):
        raise AVideo
    if _MP4_ENCRYPTED.search(data):
        raise Encrypted
