"""An Ogg file of ours plays what it should, says that it is synthetic, and carries a mark."""

from io import BytesIO
from typing import Any, cast

import av
import pytest
from mutagen.oggopus import OggOpus

from bot.audio.ogg.comments import comment_packet, marks_in
from bot.audio.ogg.ogg_file import read_ogg
from bot.audio.ogg.opus import OpusSound, moments_of, write_ogg
from bot.audio.ogg.pages import CAPTURE, checksum_of
from tests.audio.ogg.oggs import SOUND

MARK = f"{'0f' * 8}.1793000000000.{'a1' * 64}"
WORDS = {"title": "Grandpa", "artist": "Grandpa (synthetic voice of Ann)", "comment": "“Grandpa” of Ann", "mark": MARK}
OGG = write_ogg(SOUND, comment_packet(**WORDS), serial=5)


def test_players_play_all_of_it_and_show_that_it_is_synthetic() -> None:
    with av.open(BytesIO(OGG), "r", format="ogg") as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.sample_rate, stream.channels) == ("opus", 48_000, 1)
        assert sum(frame.samples for frame in file.decode(audio=0)) >= 2 * 48_000
    tagged = cast("Any", OggOpus(BytesIO(OGG)))
    assert tagged.info.length == pytest.approx(2, abs=0.001)
    assert SOUND.seconds == tagged.info.length
    assert {name: value for name, [value] in tagged.items()} == {
        "title": "Grandpa",
        "artist": "Grandpa (synthetic voice of Ann)",
        "description": "“Grandpa” of Ann",
        "synthetic": "true",
        "digitalsourcetype": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "mynah": MARK,
    }


def test_it_is_read_back_as_it_was_written() -> None:
    ogg = read_ogg(OGG)

    assert ogg is not None
    assert (list(ogg.sound.packets), ogg.sound.pre_skip, ogg.sound.moments) == (
        list(SOUND.packets),
        SOUND.pre_skip,
        SOUND.moments,
    )
    assert ogg.sound.hash == SOUND.hash
    assert marks_in(ogg.comments) == [MARK]


@pytest.mark.parametrize(
    "text", ["Größe 😀 日本", "a\0b", "half \ud83d a pair", "ÿþÿû" * 900, "line\nbreak", CAPTURE.decode()]
)
def test_any_text_can_be_a_comment(text: str) -> None:
    words = {"title": text, "artist": text, "comment": text, "mark": MARK}
    ogg = read_ogg(write_ogg(SOUND, comment_packet(**words), serial=5))

    assert ogg is not None
    assert marks_in(ogg.comments) == [MARK]


def test_marks_are_found_whatever_the_case_of_their_name_and_counted_to_a_few() -> None:
    assert marks_in(b"mynah=" + MARK.encode()) == [MARK]
    assert marks_in(b"MYNAH=" + MARK[:-1].encode()) == []
    assert len(marks_in(b"".join(b"Mynah=" + MARK.encode() for _ in range(1000)))) == 8


@pytest.mark.parametrize("size", [1, 254, 255, 256, 509, 510, 1275])
def test_packets_of_any_size_fit_their_pages(size: int) -> None:
    packets = [b"\x98".ljust(size, b"x")] * 300
    sound = OpusSound(packets, 312, 960 * 300 - 312)

    ogg = read_ogg(write_ogg(sound, comment_packet(**WORDS), serial=1))

    assert ogg is not None
    assert ogg.sound.hash == sound.hash


def test_lengths_and_checksums_are_those_of_the_standards() -> None:
    assert checksum_of(b"123456789") == 0x89A1897F  # CRC-32 with the polynomial 04C11DB7 alone
    lengths = {b"\x98": 960, b"\x99x": 1920, b"\x9b\6": 5760, b"\x08": 960, b"\x18": 2880, b"\x80": 120}
    assert {packet: moments_of(packet) for packet in lengths} == lengths
    assert moments_of(b"") == moments_of(b"\x9b") == moments_of(b"\x9b\7") == 0
