"""Where the sound of an MP3 begins and ends, if it has any. ISO 11172-3 and 13818-3 say what a frame looks like."""

from dataclasses import dataclass
from hashlib import sha256

MIN_MP3_BYTES = 1_000  # Fish Audio has answered 200 with less, and there was no sound in it

_SEARCHED_BYTES = 2**16  # after the tags; more padding than this before the first frame no encoder writes
_MAX_TAGS = 1_000

_ID3V1_BYTES = 128
_APE_FOOTER_BYTES = 32

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


@dataclass(frozen=True, slots=True)
class _Frame:
    version: int  # the header's bits
    layer: int  # 1 to 3
    sample_rate: int  # Hz
    size: int  # bytes, header included

    def may_follow(self, other: "_Frame") -> bool:
        """Bitrate and size may change from frame to frame, nothing else may."""
        return (self.version, self.layer, self.sample_rate) == (other.version, other.layer, other.sample_rate)


def has_sound(data: bytes) -> bool:
    """Whether this is MPEG audio: not too little, and a frame followed by another one."""
    return len(data) >= MIN_MP3_BYTES and first_frame(data) is not None


def first_frame(data: bytes) -> int | None:
    """The offset of the first frame that another one follows, behind any ID3v2 tags."""
    start = _end_of_tags(data)
    last = min(len(data), start + _SEARCHED_BYTES)
    while (start := data.find(b"\xff", start, last)) >= 0:
        frame = _frame(data, start)
        following = _frame(data, start + frame.size) if frame else None
        if frame and following and following.may_follow(frame):
            return start
        start += 1
    return None


def sound_span(data: bytes) -> tuple[int, int] | None:
    """From where to where there is sound, without the tags before and after it (ID3v2, ID3v1, APE)."""
    start = first_frame(data)
    return None if start is None else (start, _end_of_sound(data, start))


def sound_hash(data: bytes) -> str | None:
    """The SHA-256 of the sound as hexadecimal letters, the same whatever its tags are; None where there is none."""
    span = sound_span(data)
    if span is None:
        return None
    start, end = span
    return sha256(memoryview(data)[_end_of_index(data, start) : end]).hexdigest()


def _end_of_sound(data: bytes, start: int) -> int:
    end = len(data)
    while True:
        if data.startswith(b"TAG", end - _ID3V1_BYTES) and end - _ID3V1_BYTES > start:
            end -= _ID3V1_BYTES
        elif (size := _ape_bytes(data, end)) and end - size > start:
            end -= size
        else:
            return end


def _ape_bytes(data: bytes, end: int) -> int:
    """How many bytes the APE tag takes that ends here; 0 where none does."""
    footer = data[max(0, end - _APE_FOOTER_BYTES) : end]
    if len(footer) < _APE_FOOTER_BYTES or not footer.startswith(b"APETAGEX"):
        return 0
    size, has_header = int.from_bytes(footer[12:16], "little"), footer[23] & 0x80
    return max(size, _APE_FOOTER_BYTES) + (_APE_FOOTER_BYTES if has_header else 0)


def _end_of_index(data: bytes, start: int) -> int:
    """Where the sound goes on behind the silent frame in which encoders note its length; copying may rewrite that."""
    frame = _frame(data, start)
    beginning = data[start : start + 40]
    is_index = any(name in beginning for name in (b"Xing", b"Info", b"VBRI"))
    return start + frame.size if frame and is_index else start


def _end_of_tags(data: bytes) -> int:
    end = 0
    for _ in range(_MAX_TAGS):
        header = data[end : end + 10]
        if len(header) < 10 or header[:3] != b"ID3" or max(header[6:]) > 0x7F:
            break
        size = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
        footer = 10 if header[5] & 0x10 else 0
        end += 10 + size + footer
    return end


def _frame(data: bytes, start: int) -> _Frame | None:
    header = int.from_bytes(data[start : start + 4], "big")
    version, layer = header >> 19 & 3, 4 - (header >> 17 & 3)
    bitrate_index, rate_index, padding = header >> 12 & 15, header >> 10 & 3, header >> 9 & 1
    if header >> 21 != 0x7FF or version == 1 or layer == 4 or bitrate_index in {0, 15} or rate_index == 3:
        return None
    bitrate = (_BITRATES_1 if version == 3 else _BITRATES_2)[layer - 1][bitrate_index - 1] * 1000
    sample_rate = _RATES[version][rate_index]
    if layer == 1:
        size = (12 * bitrate // sample_rate + padding) * 4
    else:
        size = (72 if layer == 3 and version != 3 else 144) * bitrate // sample_rate + padding
    return _Frame(version=version, layer=layer, sample_rate=sample_rate, size=size)
