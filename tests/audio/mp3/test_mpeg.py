"""An answer with MPEG frames in it becomes only frames, and an answer without frames is no sound."""

import json

import pytest

from bot.audio.mp3.mpeg import IndexFrame, frame_at, sound_hash, whole_frames
from tests.audio import waves
from tests.audio.mp3.mp3s import FOREIGN_KINDS, FRAMES, ID3V1, INDEXED, ape, ape_item, copied, id3, split


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 32_000, 44_100, 48_000])
def test_every_mp3_has_frames_with_and_without_tags(rate: int) -> None:
    frames = whole_frames(waves.mp3(waves.tone(2, rate=rate), rate=rate))

    assert frames is not None
    for wrapped in (frames, id3(b"?????") + frames, bytes(500) + frames, frames + ape(ape_item(b"?")) + ID3V1):
        assert whole_frames(wrapped) == frames
    assert whole_frames(id3(b"?????", version=b"\4\0", flags=0x10) + b"?" * 10 + frames) == frames  # a tag's footer


@pytest.mark.parametrize(
    "data",
    [
        b"",
        FRAMES[:999],
        json.dumps({"message": "no sound" * 500}).encode(),
        waves.integers(waves.tone(5)).bytes(),
        waves.other_format(waves.tone(5), "aac", "adts"),
        waves.other_format(waves.tone(5), "libopus", "ogg"),
        b"\xff\xfb\x90\0" + bytes(5_000),
        id3(b"", size=2**28 - 1) + FRAMES,
        id3(b"") * 1_000,
        b"\xff" * 5_000,
    ],
)
def test_what_is_no_mp3_has_no_frames(data: bytes) -> None:
    assert whole_frames(data) is None


def test_pieces_are_joined_without_what_lies_between_them() -> None:
    first, second = split(FRAMES)[:30], split(FRAMES)[30:]
    joined = b"".join([*first, id3(b"TIT2?"), b"junk\xff\xfb", *second])

    assert whole_frames(joined) == FRAMES
    assert whole_frames(joined + second[0][:-50]) == FRAMES  # a truncated end
    assert whole_frames(FRAMES + FOREIGN_KINDS[1]) == FRAMES  # another kind of sound is none of this one


def test_an_index_is_no_sound_and_is_not_kept() -> None:
    index = IndexFrame.of(INDEXED)
    assert index is not None

    assert index.counted == len(split(FRAMES))
    assert INDEXED[index.size :] == FRAMES
    assert whole_frames(INDEXED) == FRAMES
    assert sound_hash(INDEXED) == sound_hash(FRAMES) == sound_hash(copied(INDEXED)[45:])
    assert IndexFrame.of(FRAMES) is None


def test_frames_of_free_format_have_no_size() -> None:
    assert frame_at(b"\xff\xfb\x00\0", 0) is None
    assert frame_at(b"\xff\xfb\x90\0", 0) is not None
