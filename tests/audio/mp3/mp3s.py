"""MP3s for tests, and the changes that people and attackers make to them."""

import math
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast

import av
from mutagen.apev2 import APEv2
from mutagen.id3 import APIC, ID3, TIT2, USLT, Encoding

from bot.audio.mp3.mpeg import frame_at, whole_frames
from tests.audio import waves


def _made(seconds: float, *, rate: int = 44_100, hertz: float = 997) -> bytes:
    return waves.mp3(waves.tone(seconds, rate=rate, hertz=hertz), rate=rate)


def _frames(mp3: bytes) -> bytes:
    return cast("bytes", whole_frames(mp3))


FRAMES = _frames(_made(2))  # MPEG-1 Layer III, as Fish Audio delivers it
INDEXED = _made(2)[45:]  # the same after an index, without FFmpeg's tag before it
FOREIGN = _frames(_made(1, hertz=440))
FOREIGN_KINDS = (FOREIGN, _frames(_made(1, rate=22_050)), _frames(_made(1, rate=8_000)))


def lasting(seconds: float) -> bytes:
    """Return that much sound at least, one second again and again: to encode all of it would take long."""
    second = _frames(_made(1, rate=8_000))  # and a little more
    return second * math.ceil(seconds / 1.152)


def split(frames: bytes) -> list[bytes]:
    parts: list[bytes] = []
    while frame := frame_at(frames, 0):
        parts.append(frames[: frame.size])
        frames = frames[frame.size :]
    return parts


def id3(body: bytes, *, version: bytes = b"\3\0", flags: int = 0, size: int | None = None) -> bytes:
    """Return an ID3v2 tag with this body."""
    count = len(body) if size is None else size
    return b"ID3" + version + bytes([flags, *(count >> shift & 0x7F for shift in (21, 14, 7, 0))]) + body


def ape(body: bytes, *, items: int = 1, size: int | None = None, header: bool = False, version: int = 2000) -> bytes:
    """Return an APE tag with this body. `size` may be wrong."""
    count = len(body) + 32 if size is None else size
    numbers = b"".join(number.to_bytes(4, "little") for number in (version, count, items))
    flags = 0x8000_0000 if header else 0
    footer = b"APETAGEX" + numbers + flags.to_bytes(4, "little") + bytes(8)
    beginning = b"APETAGEX" + numbers + (flags | 0x2000_0000).to_bytes(4, "little") + bytes(8) if header else b""
    return beginning + body + footer


def ape_item(value: bytes, key: bytes = b"Title") -> bytes:
    return len(value).to_bytes(4, "little") + bytes(4) + key + b"\0" + value


ID3V1 = b"TAG" + b"Grandpa says".ljust(125)
ENHANCED = b"TAG+" + b"Grandpa says".ljust(223) + ID3V1
LYRICS_1 = b"LYRICSBEGIN" + b"[00:01]Hello\r\n" + b"LYRICSEND" + ID3V1
_FIELDS = b"LYRICSBEGIN" + b"IND00003110" + b"LYR00014[00:01]Hello\r\n"
LYRICS_2 = _FIELDS + f"{len(_FIELDS):06}".encode() + b"LYRICS200" + ID3V1


def edited(data: bytes, *tags: object, version: int = 4, v1: int = 0) -> bytes:
    """Add tags, as a tag editor does."""
    file = BytesIO(data)
    existing: Any = ID3(file)
    for tag in tags:
        existing.add(tag)
    if version == 3:
        existing.update_to_v23()
    file.seek(0)
    existing.save(file, v1=v1, v2_version=version)
    return file.getvalue()


def with_ape(data: bytes) -> bytes:
    file = BytesIO(data)
    tags: Any = APEv2()
    tags["Title"] = "Something else"
    tags.save(file)
    return file.getvalue()


def stripped(data: bytes) -> bytes:
    file = BytesIO(data)
    tags: Any = ID3(file)
    file.seek(0)
    tags.delete(file)
    return file.getvalue()


def copied(data: bytes) -> bytes:
    """Copy the packets into a new file, as a converter does, with its own index before the sound."""
    target = BytesIO()
    with av.open(BytesIO(data), "r") as source, av.open(target, "w", format="mp3") as opened:
        copy: Any = opened  # its types are incomplete
        stream = copy.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return target.getvalue()


_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\x12\x34\xff\0" * 20_000 + b"\xff\xd9"

# Changes of honest programs that leave the sound as it is.
HONEST: dict[str, Callable[[bytes], bytes]] = {
    "renamed, with ID3v1 as well": lambda data: edited(data, TIT2(text="Something else"), v1=2),
    "renamed in ID3v2.3": lambda data: edited(data, TIT2(encoding=Encoding.UTF16, text="Något annat"), version=3),
    "with a cover": lambda data: edited(data, APIC(mime="image/jpeg", type=3, data=_JPEG)),
    "with lyrics": lambda data: edited(data, USLT(encoding=Encoding.UTF16, lang="eng", text="Hello"), version=3),
    "with an APE tag": with_ape,
    "with an APE tag of version 1": lambda data: data + ape(ape_item(b"Hello"), version=1000) + ID3V1,
    "with ID3v1": lambda data: data + ID3V1,
    "with ID3v1 twice": lambda data: data + ID3V1 + ID3V1,
    "with an enhanced ID3v1 tag": lambda data: data + ENHANCED,
    "with Lyrics3": lambda data: data + LYRICS_1,
    "with Lyrics3 version 2": lambda data: data + LYRICS_2,
    "with APE, Lyrics3 and ID3v1": lambda data: data + ape(ape_item(b"Hello"), header=True) + LYRICS_2,
    "with a hundred tags before it": lambda data: id3(b"?????") * 100 + data,
    "with a footer": lambda data: id3(b"?????", version=b"\4\0", flags=0x10) + b"3DI" + b"\4\0\x10\0\0\0\5" + data,
    "with an unsynchronised tag": lambda data: id3(b"TIT2\0\0\0\5\0\0\0\xff\0\xe4?", flags=0x80) + data,
}


_APART = b"\0\0\0".join(split(FOREIGN)[3:4] * 20)  # most players find the next frame


def _free_format(frames: bytes) -> bytes:
    """Return the frames without their bitrate. Players find their size by looking for the next header."""
    return b"".join(frame[:2] + bytes([frame[2] & 0x0D]) + frame[3:] for frame in split(frames))


def _swallowed(data: bytes) -> bytes:
    """Add frames after the sound, and an APE footer that claims their length and their first header."""
    return data + ape(b"", items=0, size=len(FOREIGN) + 32).join((FOREIGN, b""))


# Changes that make a player play something else beside the sound, or in place of it.
ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    "frames in an ID3 tag of no version": lambda data: id3(FOREIGN, version=b"\xff\xff") + data,
    "frames in an ID3 tag of version 2.5": lambda data: id3(FOREIGN, version=b"\5\0") + data,
    "frames in an ID3 tag": lambda data: id3(FOREIGN) + data,
    "frames in an ID3 tag behind padding": lambda data: id3(bytes(999) + FOREIGN) + data,
    "frames in the second ID3 tag": lambda data: id3(b"TIT2") + id3(FOREIGN) + data,
    "two frames in an ID3 tag": lambda data: id3(b"".join(split(FOREIGN)[5:7])) + data,
    "frames of another kind in an ID3 tag": lambda data: id3(FOREIGN_KINDS[1]) + data,
    "frames apart from each other in an ID3 tag": lambda data: id3(_APART) + data,
    "frames in an ID3 tag that says it is unsynchronised": lambda data: id3(FOREIGN, flags=0x80) + data,
    "unsynchronised frames in an ID3 tag": lambda data: id3(FOREIGN.replace(b"\xff", b"\xff\0"), flags=0x80) + data,
    "frames of free format in an ID3 tag": lambda data: id3(_free_format(FOREIGN)) + data,
    "an ID3 tag without the footer that it promises": lambda data: (
        id3(b"", version=b"\4\0", flags=0x10) + b"?" * 10 + data
    ),
    "an ID3 tag of a version that does not exist": lambda data: id3(b"TIT2", version=b"\5\0") + data,
    "an ID3 tag with flags that do not exist": lambda data: id3(b"TIT2", flags=0x0F) + data,
    "frames behind a size with a high bit": lambda data: b"ID3\3\0\0\0\0\x81\0" + FOREIGN + data,
    "a tag of 256 MiB": lambda data: id3(b"", size=2**28 - 1) + data,
    "a tag of more than a mebibyte": lambda data: id3(bytes(2**20)) + data,
    "an APE tag of more than a mebibyte": lambda data: data + ape(ape_item(bytes(2**20))),
    "a thousand tags": lambda data: id3(b"") * 1_000 + data,
    "frames before the file": lambda data: FOREIGN + data,
    "frames before the sound": lambda data: data[: -len(FRAMES)] + FOREIGN + FRAMES,
    "frames of another kind before the sound": lambda data: data[: -len(FRAMES)] + FOREIGN_KINDS[1] + FRAMES,
    "frames of free format before the sound": lambda data: data[: -len(FRAMES)] + _free_format(FOREIGN) + FRAMES,
    "frames behind the sound": lambda data: data + FOREIGN,
    "frames of another kind behind the sound": lambda data: data + FOREIGN_KINDS[1],
    "frames of free format behind the sound": lambda data: data + _free_format(FOREIGN),
    "frames that an APE footer claims": _swallowed,
    "frames in an APE item": lambda data: data + ape(ape_item(FOREIGN)),
    "frames in an APE item with a header": lambda data: data + ape(ape_item(FOREIGN), header=True),
    "frames apart from each other in an APE item": lambda data: data + ape(ape_item(_APART)),
    "frames of free format in an APE item": lambda data: data + ape(ape_item(_free_format(FOREIGN))),
    "frames behind an APE header that claims more": lambda data: data + ape(b"", items=0, size=2**28) + FOREIGN,
    "frames in lyrics": lambda data: data + b"LYRICSBEGIN" + FOREIGN[:5000] + b"LYRICSEND" + ID3V1,
    "frames in lyrics of version 2": lambda data: (
        data + b"LYRICSBEGIN" + FOREIGN + f"{len(FOREIGN) + 11:06}".encode() + b"LYRICS200" + ID3V1
    ),
    "frames in ID3v1": lambda data: data + b"TAG" + (FOREIGN_KINDS[2] * 2)[:125],
    "the whole file twice": lambda data: data + data,
    "the sound twice": lambda data: data + FRAMES,
    "another clip behind it": lambda data: data + id3(b"TIT2") + FOREIGN,
    "frames cut from the beginning": lambda data: data[: -len(FRAMES)] + b"".join(split(FRAMES)[9:]),
    "frames cut from the middle": lambda data: data[: -len(FRAMES)] + b"".join(split(FRAMES)[:20] + split(FRAMES)[30:]),
    "frames cut from the end": lambda data: data[: -len(FRAMES)] + b"".join(split(FRAMES)[:-9]),
    "frames in another order": lambda data: data[: -len(FRAMES)] + b"".join(reversed(split(FRAMES))),
    "frames repeated": lambda data: data[: -len(FRAMES)] + b"".join(split(FRAMES)[:20] * 2 + split(FRAMES)[20:]),
    "one byte of sound changed": lambda data: data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
    "an index that ends the sound early": lambda data: data[: -len(FRAMES)] + _index(count=9) + FRAMES,
}


def _index(*, count: int) -> bytes:
    """Return a silent frame that says how many frames follow. Some players stop after so many."""
    frame = split(INDEXED)[0]
    at = frame.index(b"Info") + 8
    return frame[:at] + count.to_bytes(4, "big") + frame[at + 4 :]
