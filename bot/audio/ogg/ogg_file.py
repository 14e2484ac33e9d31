"""Tells the sound in an Ogg file from the comments, so strictly that no player can read the file otherwise.

A player may go on with a second stream, skip a broken page, trust a wrong position, or take a piece of the comments for
a file of its own. So a file counts only if it is one whole stream of Opus in one channel, without gaps or additions.
"""

from dataclasses import dataclass

from bot.audio.mp3.mp3_file import looks_playable
from bot.audio.ogg.opus import OpusSound, moments_of, sound_with
from bot.audio.ogg.pages import CAPTURE, CONTINUED, FIRST, LAST, NO_GRANULE, Page, read_pages

MAX_COMMENT_BYTES = 2**20
_COMMENTS = b"OpusTags"


@dataclass(frozen=True, slots=True)
class Ogg:
    sound: OpusSound
    comments: bytes  # the second packet, whose end players do not look at


def read_ogg(data: bytes) -> Ogg | None:
    """Return the parts of the file; None if a player could find other sound in it, or less, or none at all."""
    if not data.startswith(CAPTURE):
        return None
    pages = read_pages(data)
    if not pages or not _are_one_stream(pages):
        return None
    behind = next((number for number, page in enumerate(pages[1:], start=2) if not page.is_open), len(pages))
    head, comments, rest = pages[0], _joined(pages[1:behind]), pages[behind:]
    if len(head.packets) != 1 or head.is_open or head.granule or comments is None or not rest:
        return None
    if _may_be_played(comments):
        return None
    packets = _sound_packets(rest)
    sound = sound_with(head.packets[0], packets, rest[-1].granule) if packets else None
    return Ogg(sound, comments) if sound else None


def _are_one_stream(pages: list[Page]) -> bool:
    """Return whether the pages are one stream from its beginning to its end, in order."""
    was_open = False
    for number, page in enumerate(pages):
        flags = (FIRST if number == 0 else 0) | (LAST if number == len(pages) - 1 else 0) | was_open * CONTINUED
        if page.flags != flags or page.number != number or page.serial != pages[0].serial:
            return False
        was_open = page.is_open
    return not was_open


def _joined(pages: list[Page]) -> bytes | None:
    """Return the one packet that these pages hold; None if they hold something else."""
    is_one = all(len(page.packets) == 1 for page in pages)
    ends_late = all(page.granule in {0, NO_GRANULE} for page in pages)
    packet = b"".join(page.packets[0] for page in pages) if pages and is_one and ends_late else b""
    return packet if packet.startswith(_COMMENTS) and len(packet) <= MAX_COMMENT_BYTES else None


def _may_be_played(comments: bytes) -> bool:
    """Return whether a player that loses its way could find sound in the comments."""
    return CAPTURE in comments or looks_playable(comments)


def _sound_packets(pages: list[Page]) -> list[bytes] | None:
    """Return the packets of the sound; None if positions and lengths contradict each other.

    The last position may lie inside the last page: then the sound ends there, and not with a full packet.
    """
    packets: list[bytes] = []
    begun = b""
    position = 0
    for page in pages:
        before, ends = position, len(page.packets) - page.is_open
        for number, piece in enumerate(page.packets):
            begun += piece
            if number < ends:
                moments = moments_of(begun)
                if not moments:
                    return None
                packets.append(begun)
                position += moments
                begun = b""
        is_true = page.granule == (position if ends else NO_GRANULE)
        is_cut = page is pages[-1] and before < page.granule <= position
        if not (is_true or is_cut):
            return None
    return packets
