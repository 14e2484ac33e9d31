"""An MP3 says that it is synthetic and carries a mark, and what is no MP3 is not taken for one."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast

import av
import pytest
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TIT2
from mutagen.mp3 import MP3

from bot.audio.mpeg import has_sound, sound_hash
from bot.audio.tags import marks_in, tag_mp3
from bot.errors import NoSound
from tests.audio import waves

SOUND = waves.mp3(waves.tone(2, rate=44_100), rate=44_100)
BARE = SOUND[SOUND.index(b"\xff\xfb") :]
MARK = f"{'0f' * 8}.{'a1' * 20}"
TAGS = {"title": "Hello", "artist": "Grandpa", "comment": "Made by Mynah for Ann", "mark": MARK}


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 32_000, 44_100, 48_000])
def test_every_mp3_has_sound_with_and_without_tags(rate: int) -> None:
    sound = waves.mp3(waves.tone(2, rate=rate), rate=rate)

    assert has_sound(sound)
    assert has_sound(tag_mp3(sound, **TAGS))
    assert has_sound(b"ID3\x04\0\x10\0\0\0\x05" + b"?" * 15 + sound)  # a tag with a footer before the tag
    assert has_sound(b"\0" * 500 + BARE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        BARE[:999],
        json.dumps({"message": "no sound" * 500}).encode(),
        waves.integers(waves.tone(5)).bytes(),
        waves.other_format(waves.tone(5), "aac", "adts"),
        waves.other_format(waves.tone(5), "libopus", "ogg"),
        b"\xff\xfb\x90\0" + b"\0" * 5_000,
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + BARE,
        b"ID3\x03\0\0\0\0\0\0" * 1_000,
        b"\xff" * 5_000,
    ],
)
def test_what_is_no_mp3_has_no_sound(data: bytes) -> None:
    assert not has_sound(data)


def test_tags_say_whose_voice_it_is_and_that_it_is_synthetic() -> None:
    tagged = cast("Any", MP3(BytesIO(tag_mp3(BARE, **TAGS))))  # mutagen has no types

    assert tagged.tags.pop("UFID:mynah").data == MARK.encode()
    assert {key: str(value) for key, value in tagged.tags.items()} == {
        "TIT2": "Hello",
        "TPE1": "Grandpa",
        "COMM::eng": "Made by Mynah for Ann",
        "TXXX:SYNTHETIC": "true",
    }
    assert tagged.info.length == pytest.approx(2, abs=0.1)


def test_tagging_changes_no_sound_and_replaces_all_other_tags() -> None:
    once = tag_mp3(b"ID3\x04\0\0\0\0\0\x05?????" + BARE + b"TAG" + b"Somebody else".ljust(125), **TAGS)

    assert once.endswith(BARE)
    assert b"Somebody else" not in once
    assert tag_mp3(once, **TAGS) == once
    with av.open(BytesIO(once), "r") as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) > 1.9 * 44_100


@pytest.mark.parametrize("text", ["Größe 😀 日本", "a\0b", "half \ud83d a pair", "x" * 5_000, "line\nbreak"])
def test_any_text_can_be_a_tag(text: str) -> None:
    tags = cast("Any", ID3(BytesIO(tag_mp3(SOUND, title=text, artist=text, comment=text, mark=MARK))))

    assert str(tags["TIT2"]) == text.replace("\0", "").replace("\ud83d", "?")


@pytest.mark.parametrize("data", [b"", b"{}", BARE[:150], waves.integers(waves.tone(5)).bytes()])
def test_without_sound_there_is_nothing_to_tag(data: bytes) -> None:
    with pytest.raises(NoSound):
        tag_mp3(data, **TAGS)


def renamed(data: bytes) -> bytes:
    """With another title, as a tag editor writes it: ID3v2.4, ID3v1 and padding."""
    file = BytesIO(data)
    tags: Any = ID3(file)
    tags.add(TIT2(text="Something else"))
    file.seek(0)
    tags.save(file, v1=2, v2_version=4)
    return file.getvalue()


def with_ape_tag(data: bytes) -> bytes:
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
    """The same packets in a new file, as a converter copies them; it writes an index of its own before the sound."""
    target = BytesIO()
    with av.open(BytesIO(data), "r") as source, av.open(target, "w", format="mp3") as opened:
        copy: Any = opened  # its types are incomplete
        stream = copy.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return target.getvalue()


def among_tags(data: bytes) -> bytes:
    return b"ID3\x03\0\0\0\0\0\x05?????" * 100 + data + b"TAG".ljust(128) + b"TAG".ljust(128)


@pytest.mark.parametrize(
    ("change", "keeps_mark"),
    [(renamed, True), (with_ape_tag, True), (among_tags, True), (stripped, False), (copied, False)],
)
def test_the_sound_is_the_same_whatever_is_done_to_its_tags(change: Callable[[bytes], bytes], keeps_mark: bool) -> None:
    tagged = tag_mp3(SOUND, **TAGS)
    changed = change(tagged)

    assert changed != tagged
    assert sound_hash(changed) == sound_hash(tagged)
    assert marks_in(tagged) == [MARK]
    assert marks_in(changed) == ([MARK] if keeps_mark else [])


@pytest.mark.parametrize(
    "data", [BARE[: len(BARE) // 2], BARE + BARE, BARE[:3000] + bytes(8) + BARE[3008:], BARE + b"APETAGEX" * 4]
)
def test_another_sound_is_another_sound(data: bytes) -> None:
    assert sound_hash(data) not in {None, sound_hash(BARE)}


def test_what_merely_looks_like_marks_is_counted_to_a_few() -> None:
    other = f"{'0' * 16}.{'0' * 40}"
    many = b"".join(b"mynah\0" + other.encode() for _ in range(1000))

    assert marks_in(tag_mp3(SOUND, **TAGS) + many + b"TAG".ljust(128)) == [MARK]
    assert len(marks_in(b"ID3\x03\0\0\0\x03\x7f\x7f" + many[:65_535] + BARE)) == 8
    assert marks_in(b"mynah\0" + MARK.encode()) == []
