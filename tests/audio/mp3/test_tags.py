"""An MP3 says that it is synthetic, to people and to machines, and carries a mark."""

from io import BytesIO
from typing import Any, cast
from xml.etree import ElementTree as ET

import av
import pytest
from mutagen.id3 import ID3
from mutagen.mp3 import MP3

from bot.audio.mp3.mp3_file import read_mp3
from bot.audio.mp3.mpeg import LIKE_A_HEADER
from bot.audio.mp3.tags import marks_in, tag_mp3
from tests.audio.mp3.mp3s import FRAMES, id3

SOUND_ID = "0f" * 8
MARK = f"{SOUND_ID}.1793000000000.{'a1' * 64}"
OLD_MARK = f"{SOUND_ID}.{'a1' * 20}"
TAGS = {"title": "Hello", "artist": "Grandpa", "comment": "Made by Mynah for Ann", "mark": MARK}

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SOURCE_TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"


def tags_of(mp3: bytes) -> Any:
    return cast("Any", ID3(BytesIO(mp3)))  # mutagen has no types


def test_tags_say_whose_voice_it_is_and_that_it_is_synthetic() -> None:
    tagged = cast("Any", MP3(BytesIO(tag_mp3(FRAMES, **TAGS))))

    assert tagged.tags.version == (2, 4, 0)
    assert tagged.tags.pop("UFID:mynah").data == SOUND_ID.encode()
    assert {tag.owner for tag in tagged.tags.getall("PRIV")} == {"mynah", "XMP"}
    tagged.tags.delall("PRIV")
    assert {key: str(value) for key, value in tagged.tags.items()} == {
        "TIT2": "Hello",
        "TPE1": "Grandpa",
        "COMM::eng": "Made by Mynah for Ann",
        "TXXX:SYNTHETIC": "true",
    }
    assert tagged.info.length == pytest.approx(2, abs=0.1)


def test_machines_read_in_xmp_that_a_model_made_it() -> None:
    [packet] = [tag.data for tag in tags_of(tag_mp3(FRAMES, **TAGS)).getall("PRIV") if tag.owner == "XMP"]

    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode())
    description = ET.fromstring(packet).find(f"{RDF}RDF/{RDF}Description")  # noqa: S314 - our own
    assert description is not None
    assert description.attrib == {f"{RDF}about": ""}
    assert {child.tag: child.text for child in description} == {
        SOURCE_TYPE: "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    }


def test_tagging_changes_no_sound() -> None:
    tagged = tag_mp3(FRAMES, **TAGS)

    assert tagged.endswith(FRAMES)
    with av.open(BytesIO(tagged), "r") as file:
        assert file.metadata["title"] == "Hello"
        assert sum(frame.samples for frame in file.decode(audio=0)) > 1.9 * 44_100


@pytest.mark.parametrize("text", ["Größe 😀 日本", "a\0b", "half \ud83d a pair", "ÿþÿû" * 900, "line\nbreak", "￿"])
def test_any_text_can_be_a_tag_and_looks_like_no_sound(text: str) -> None:
    tagged = tag_mp3(FRAMES, title=text, artist=text, comment=text, mark=MARK)

    assert str(tags_of(tagged)["TIT2"]) == text.replace("\0", "").replace("\ud83d", "?")
    assert LIKE_A_HEADER.search(tagged, 0, len(tagged) - len(FRAMES)) is None


def test_marks_of_today_and_of_before_are_found_and_counted_to_a_few() -> None:
    mp3 = read_mp3(tag_mp3(FRAMES, **TAGS))
    assert mp3 is not None
    many = b"".join(b"mynah\0" + OLD_MARK.encode() for _ in range(1000))

    assert marks_in(*mp3.tags) == [SOUND_ID, MARK]
    assert marks_in(id3(b"UFID\0\0\0\x3fmynah\0" + OLD_MARK.encode())) == [OLD_MARK]
    assert marks_in(*mp3.tags, many) == [SOUND_ID, MARK, *[OLD_MARK] * 6]
    assert marks_in(FRAMES, b"mynah", OLD_MARK.encode()) == []
