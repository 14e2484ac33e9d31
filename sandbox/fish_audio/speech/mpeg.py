"""Reads the frames of an MP3, without the tags around them."""

from collections.abc import Iterator

# kbit/s by the header's bitrate index, and Hz by its rate index, for layer III (ISO 11172-3, 13818-3).
_BITRATES_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_MPEG1 = (44_100, 48_000, 32_000)

SILENT_FRAME = b"\xff\xfb\x90\xc4" + bytes(413)
"""417 bytes that play as 26 ms of silence: the known odd answer (fishaudio/fish-audio-python issue 128)."""


def frames(audio: bytes) -> list[bytes]:
    """Return the frames with sound in order, without ID3 tags and the index frame that some writers add."""
    found = _frames_from(audio, _after_tag(audio))
    return [frame for frame in found if b"Xing" not in frame[:48] and b"Info" not in frame[:48]]


def _after_tag(audio: bytes) -> int:
    """Return where an ID3v2 tag ends; its size is written in four bytes of seven bits."""
    if audio[:3] != b"ID3" or len(audio) < 10:
        return 0
    size = 0
    for byte in audio[6:10]:
        size = size << 7 | byte & 0x7F
    footer = 10 if audio[5] & 0x10 else 0
    return 10 + size + footer


def _frames_from(audio: bytes, position: int) -> Iterator[bytes]:
    while size := _frame_size(audio[position : position + 4]):
        yield audio[position : position + size]
        position += size


def _frame_size(header: bytes) -> int:
    """Return the size in bytes of the layer III frame that begins with these four bytes; 0 if none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, bitrate_index, rate_index = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or bitrate_index in (0, 15) or rate_index == 3:
        return 0
    padding = header[2] >> 1 & 1
    if version == 3:
        return 144_000 * _BITRATES_MPEG1[bitrate_index] // _RATES_MPEG1[rate_index] + padding
    rate = _RATES_MPEG1[rate_index] // (2 if version == 2 else 4)
    return 72_000 * _BITRATES_MPEG2[bitrate_index] // rate + padding
