"""The pages of an Ogg file (RFC 3533): each carries pieces of packets, and a checksum."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CAPTURE = b"OggS"
CONTINUED, FIRST, LAST = 1, 2, 4  # flags: goes on with the packet of the page before; begins and ends the stream
MOST_PAGES = 4096  # more than an hour, at a page a second
NO_GRANULE = 2**64 - 1  # the position of a page on which no packet ends

_HEADER = struct.Struct("<4sBBQIIIB")
_CHECKSUM = struct.Struct("<I")
_CHECKSUM_AT = 22
_MOST_SEGMENTS, _FULL_SEGMENT = 255, 255

# zlib's CRC-32 has the polynomial of Ogg's, with all bits the other way round, and inverted.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Page:
    flags: int
    granule: int  # the position in the sound at the end of the last packet that ends here
    serial: int
    number: int
    packets: tuple[bytes, ...]  # the last one goes on in the next page if `is_open`
    is_open: bool


def read_pages(data: bytes) -> list[Page] | None:
    """Return the pages if the file is nothing but pages whose checksums are right, and not too many; else None."""
    pages: list[Page] = []
    at = 0
    while at < len(data):
        if len(data) - at < _HEADER.size or len(pages) == MOST_PAGES:
            return None
        capture, version, flags, granule, serial, number, checksum, segments = _HEADER.unpack_from(data, at)
        lacing_at = at + _HEADER.size
        lacing = data[lacing_at : lacing_at + segments]
        start, end = lacing_at + segments, lacing_at + segments + sum(lacing)
        is_sound = capture == CAPTURE and version == 0 and not flags & ~(CONTINUED | FIRST | LAST)
        if not is_sound or len(lacing) < segments or end > len(data):
            return None
        bare = data[at : at + _CHECKSUM_AT] + bytes(4) + data[at + _CHECKSUM_AT + 4 : end]
        if checksum_of(bare) != checksum:
            return None
        packets, is_open = _packets(data[start:end], lacing)
        pages.append(Page(flags, granule, serial, number, packets, is_open))
        at = end
    return pages


def write_page(packets: Sequence[bytes], *, flags: int, granule: int, serial: int, number: int) -> bytes:
    """Return a page of whole packets. They must fit into one page, as those from `pages_of` do."""
    lacing = b"".join(map(_lacing, packets))
    header = _HEADER.pack(CAPTURE, 0, flags, granule, serial, number, 0, len(lacing))
    page = bytearray(b"".join((header, lacing, *packets)))
    _CHECKSUM.pack_into(page, _CHECKSUM_AT, checksum_of(bytes(page)))
    return bytes(page)


def pages_of(packets: Sequence[bytes], *, most: int) -> Iterator[Sequence[bytes]]:
    """Share packets out to pages of at most `most` packets. Raises ValueError for one that fills more than a page."""
    page: list[bytes] = []
    segments = 0
    for packet in packets:
        needed = len(packet) // _FULL_SEGMENT + 1
        if needed > _MOST_SEGMENTS:
            raise ValueError("a packet of ours fits into a page")
        if len(page) == most or segments + needed > _MOST_SEGMENTS:
            yield page
            page, segments = [], 0
        page.append(packet)
        segments += needed
    if page:
        yield page


def checksum_of(data: bytes) -> int:
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _lacing(packet: bytes) -> bytes:
    full, rest = divmod(len(packet), _FULL_SEGMENT)
    return b"\xff" * full + bytes((rest,))


def _packets(body: bytes, lacing: bytes) -> tuple[tuple[bytes, ...], bool]:
    """Cut the body of a page into packets. Returns also whether the last one goes on in the next page."""
    packets: list[bytes] = []
    start = end = 0
    for size in lacing:
        end += size
        if size < _FULL_SEGMENT:
            packets.append(body[start:end])
            start = end
    is_open = bool(lacing) and lacing[-1] == _FULL_SEGMENT
    if is_open:
        packets.append(body[start:end])
    return tuple(packets), is_open
