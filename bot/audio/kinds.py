"""What a file seems to be, from its first bytes alone; neither its name nor its declared type is asked."""

import re
from collections.abc import Mapping

from bot.audio.refusals import MAX_SAMPLE_BYTES, EmptySample, NotAWav, TooLarge

_OPENINGS: Mapping[str, str] = {  # each a regular expression for the first bytes
    r"ID3": "an MP3",
    r"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]": "an MP3",
    r"\xff[\xf0\xf1\xf8\xf9]": "an AAC file",
    r"\xff[\xe4-\xe7\xf4-\xf7\xfc-\xff]": "an MPEG audio file",
    r".{4}ftypM4[AB]": "an M4A",
    r".{4}ftyp(qt|3g)": "a video",
    r".{4}ftyp(heic|heif|mif1|avif)": "a picture",
    r".{4}ftyp": "an MP4",
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
_WAV = re.compile(rb"(RIFF|RIFX|RF64|BW64).{4}WAVE", re.DOTALL)


def refuse_at_sight(data: bytes) -> None:
    """Raise the refusal of a file whose size or first bytes already settle it."""
    if not data:
        raise EmptySample
    if len(data) > MAX_SAMPLE_BYTES:
        raise TooLarge
    if not _WAV.match(data):
        raise NotAWav(next((kind for opening, kind in _KINDS if opening.match(data)), None))
