"""Opus sound (RFC 6716) in an Ogg file (RFC 7845): its length, its hash, and the file around it."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from bot.audio.ogg.pages import FIRST, LAST, pages_of, write_page

RATE = 48_000  # Hz; positions in an Ogg file with Opus are always counted at this rate
LONGEST_PACKET = 5760  # moments: 120 ms

_HEAD = struct.Struct("<8sBBHIhB")  # magic, version, channels, pre-skip, input rate, output gain, mapping family
_PACKETS_A_PAGE = 50  # a second of packets of 20 ms


@dataclass(frozen=True, slots=True)
class OpusSound:
    """One channel of sound, as its packets. `moments` are heard, after the first `pre_skip` are dropped."""

    packets: Sequence[bytes] = field(repr=False)
    pre_skip: int
    moments: int

    @property
    def seconds(self) -> float:
        return self.moments / RATE

    @property
    def head(self) -> bytes:
        """The packet that begins the file (RFC 7845, section 5.1)."""
        return _HEAD.pack(b"OpusHead", 1, 1, self.pre_skip, RATE, 0, 0)

    @property
    def hash(self) -> str:
        """The SHA-256 of everything that decides about the sound, as hexadecimal letters."""
        digest = sha256(self.head + struct.pack("<Q", self.pre_skip + self.moments))
        for packet in self.packets:
            digest.update(struct.pack("<I", len(packet)) + packet)
        return digest.hexdigest()


def sound_with(head: bytes, packets: Sequence[bytes], end: int) -> OpusSound | None:
    """Return the sound behind an identification header; None if that is not exactly one of ours."""
    if len(head) != _HEAD.size:
        return None
    pre_skip = _HEAD.unpack(head)[3]
    sound = OpusSound(packets, pre_skip, end - pre_skip)
    return sound if sound.moments > 0 and sound.head == head else None


def write_ogg(sound: OpusSound, comments: bytes, *, serial: int) -> bytes:
    """Return the file; `comments` is its second packet, which must be short enough for a page."""
    pages = [
        write_page([sound.head], flags=FIRST, granule=0, serial=serial, number=0),
        write_page([comments], flags=0, granule=0, serial=serial, number=1),
    ]
    shared_out = list(pages_of(sound.packets, most=_PACKETS_A_PAGE))
    position = 0
    for number, packets in enumerate(shared_out, start=2):
        position += sum(map(moments_of, packets))
        is_last = number == len(shared_out) + 1
        granule = sound.pre_skip + sound.moments if is_last else position
        flags = LAST if is_last else 0
        pages.append(write_page(packets, flags=flags, granule=granule, serial=serial, number=number))
    return b"".join(pages)


def moments_of(packet: bytes) -> int:
    """Return the length of a packet in moments, by its first bytes (RFC 6716, section 3); 0 if it is no packet."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    frames = 1 if code == 0 else 2 if code < 3 else (packet[1] & 63 if len(packet) > 1 else 0)
    moments = frames * _FRAME_MOMENTS[config]
    return moments if moments <= LONGEST_PACKET else 0


# By the packet's configuration: 10, 20, 40 and 60 ms of speech, 10 and 20 ms of both, 2.5 to 20 ms of music.
_FRAME_MOMENTS = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
