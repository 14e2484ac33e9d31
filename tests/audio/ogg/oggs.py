"""Ogg files for tests, and the changes that people and attackers make to them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any, cast

import av
from mutagen.oggopus import OggOpus

from bot.audio.ogg.ogg_file import read_ogg
from bot.audio.ogg.opus import OpusSound, moments_of, write_ogg
from bot.audio.ogg.pages import FIRST, LAST, pages_of, read_pages, write_page
from tests.audio import waves
from tests.audio.mp3.mp3s import FRAMES

SERIAL = 0x4D79


def _sound(seconds: float, *, hertz: float) -> OpusSound:
    ogg = read_ogg(waves.other_format(waves.tone(seconds, rate=48_000, hertz=hertz), "libopus", "ogg"))
    return cast("Any", ogg).sound


SOUND = _sound(2, hertz=997)
FOREIGN = _sound(1, hertz=440)


def _page(packets: Sequence[bytes], *, number: int, flags: int = 0, granule: int = 0, serial: int = SERIAL) -> bytes:
    return write_page(packets, flags=flags, granule=granule, serial=serial, number=number)


def parts(ogg: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Return the identification, the comments and the packets of a file with few comments."""
    head, comments, *rest = cast("Any", read_pages(ogg))
    return head.packets[0], comments.packets[0], [packet for page in rest for packet in page.packets]


def built(
    head: bytes, comments: bytes, packets: list[bytes], *, most: int = 50, end: int | None = None, serial: int = SERIAL
) -> bytes:
    """Put a file together, with `most` packets a page, which ends at `end`."""
    pages = [_page([head], number=0, flags=FIRST, serial=serial), _page([comments], number=1, serial=serial)]
    shared_out = list(pages_of(packets, most=most))
    position = 0
    for number, page in enumerate(shared_out, start=2):
        position += sum(map(moments_of, page))
        is_last = number == len(shared_out) + 1
        granule = position if end is None or not is_last else end
        pages.append(_page(page, number=number, flags=is_last * LAST, granule=granule, serial=serial))
    return b"".join(pages)


def _end(ogg: bytes) -> int:
    return cast("Any", read_pages(ogg))[-1].granule


def repaged(ogg: bytes) -> bytes:
    return built(*parts(ogg), most=7, end=_end(ogg), serial=99)


def retitled(ogg: bytes) -> bytes:
    file = BytesIO(ogg)
    tags = cast("Any", OggOpus(file))
    tags["TITLE"] = "A true recording of Ann"
    tags["PICTURE"] = "x" * 100_000  # more than a page
    tags.save(file)
    return file.getvalue()


def copied(ogg: bytes) -> bytes:
    """Copy the packets into another file, as `ffmpeg -c copy` does."""
    file = BytesIO()
    with av.open(BytesIO(ogg)) as source, av.open(file, "w", format="ogg") as opened:
        output = cast("Any", opened)
        output.metadata.update(source.metadata)
        stream = output.add_stream_from_template(source.streams.audio[0])
        stream.metadata.update(source.streams.audio[0].metadata)
        for packet in cast("Any", source).demux(audio=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    return file.getvalue()


HONEST: dict[str, Callable[[bytes], bytes]] = {
    "a tag editor": retitled,
    "other pages": repaged,
    "copied packets": copied,
}


def _head_with(ogg: bytes, at: int, value: bytes) -> bytes:
    head, comments, packets = parts(ogg)
    return built(head[:at] + value + head[at + len(value) :], comments, packets, end=_end(ogg))


def _commented(ogg: bytes, hidden: bytes) -> bytes:
    head, comments, packets = parts(ogg)
    return built(head, comments + hidden, packets, end=_end(ogg))


def _packets_of(ogg: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    head, comments, packets = parts(ogg)
    return built(head, comments, change(packets))


def _numbered(ogg: bytes, numbers: Callable[[int], int]) -> bytes:
    pages = cast("Any", read_pages(ogg))
    return b"".join(
        _page(page.packets, number=numbers(page.number), flags=page.flags, granule=page.granule) for page in pages
    )


def _granules(ogg: bytes, granule: Callable[[Any], int]) -> bytes:
    pages = cast("Any", read_pages(ogg))
    return b"".join(_page(page.packets, number=page.number, flags=page.flags, granule=granule(page)) for page in pages)


OTHER = write_ogg(FOREIGN, b"OpusTags" + bytes(8), serial=7)

ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    "another file behind it": lambda ogg: ogg + OTHER,
    "another file before it": lambda ogg: OTHER + ogg,
    "another stream beside it": lambda ogg: OTHER[:47] + ogg + OTHER[47:],
    "the same file twice": lambda ogg: ogg + ogg,
    "junk before it": lambda ogg: b"\0" + ogg,
    "junk behind it": lambda ogg: ogg + b"\0",
    "an ID3 tag before it": lambda ogg: b"ID3\4\0\0\0\0\0\0" + ogg,
    "an MP3 behind it": lambda ogg: ogg + FRAMES,
    "a byte of the sound changed": lambda ogg: ogg[:-10] + bytes([ogg[-10] ^ 1]) + ogg[-9:],
    "a wrong checksum": lambda ogg: ogg[:22] + bytes(4) + ogg[26:],
    "the last page missing": lambda ogg: ogg[: ogg.rindex(b"OggS")],
    "a page missing": lambda ogg: ogg.replace(b"OggS".join(ogg.split(b"OggS")[3:4]), b"").replace(b"OggSOggS", b"OggS"),
    "broken off": lambda ogg: ogg[:-100],
    "louder": lambda ogg: _head_with(ogg, 16, b"\x00\x14"),
    "two channels": lambda ogg: _head_with(ogg, 9, b"\2"),
    "another version": lambda ogg: _head_with(ogg, 8, b"\x0f"),
    "another mapping": lambda ogg: _head_with(ogg, 18, b"\xff"),
    "less of the beginning": lambda ogg: _head_with(ogg, 10, (20_000).to_bytes(2, "little")),
    "less of the end": lambda ogg: built(*parts(ogg), most=50, end=_end(ogg) - 200),
    "a cut": lambda ogg: _packets_of(ogg, lambda packets: packets[:20] + packets[30:]),
    "two packets swapped": lambda ogg: _packets_of(ogg, lambda packets: [*packets[:-2], packets[-1], packets[-2]]),
    "a foreign packet": lambda ogg: _packets_of(ogg, lambda packets: [*packets, FOREIGN.packets[20]]),
    "an empty packet": lambda ogg: _packets_of(ogg, lambda packets: [*packets[:20], b"", *packets[20:]]),
    "a file in its comments": lambda ogg: _commented(ogg, OTHER),
    "an MP3 in its comments": lambda ogg: _commented(ogg, FRAMES),
    "a gap in its pages": lambda ogg: _numbered(ogg, lambda number: number + (number > 2)),
    "a page of another stream": lambda ogg: ogg + _page([FOREIGN.packets[0]], number=0, flags=FIRST, serial=1),
    "a position that jumps": lambda ogg: _granules(ogg, lambda page: page.granule + 48_000 * (page.number == 2)),
    "a late beginning": lambda ogg: _granules(ogg, lambda page: page.granule + 4800 * (page.number > 1)),
    "no end": lambda ogg: _numbered(ogg, lambda number: number)[: -len(_last_page(ogg))] + _last_page(ogg, flags=0),
}


def _last_page(ogg: bytes, *, flags: int = LAST) -> bytes:
    page = cast("Any", read_pages(ogg))[-1]
    return _page(page.packets, number=page.number, flags=flags, granule=page.granule)


def shortened(sound: OpusSound, packets: int) -> OpusSound:
    kept = sound.packets[:packets]
    return replace(sound, packets=kept, moments=sum(map(moments_of, kept)) - sound.pre_skip)
