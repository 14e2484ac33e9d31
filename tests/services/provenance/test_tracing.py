"""A file counts as made by the bot only if players play the bot's sound in it and nothing else."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audio.mp3.mpeg import sound_hash
from bot.audio.mp3.tags import tag_mp3
from bot.services.common.signing import Signer
from bot.services.provenance.marks import Mark, MarkChecker, mark
from bot.services.provenance.tracing import genuine_mark, look_at
from tests.audio.mp3.mp3s import ATTACKS, FOREIGN_KINDS, FRAMES, HONEST, INDEXED, ape, ape_item, copied, id3, split

SOUND_ID, NOW = "0f" * 8, 1_793_000_000_000
SIGNER = Signer(b"h" * 32, b"p" * 32)
CHECKER = MarkChecker(SIGNER.public_key)
WORDS = {"title": "Grandpa", "artist": "Grandpa (synthetic voice of Ann)", "comment": "“Grandpa” of Ann"}


def clip(frames: bytes = FRAMES) -> bytes:
    return tag_mp3(frames, **WORDS, mark=mark(SIGNER, SOUND_ID, sound_hash(frames), NOW))


CLIP = clip()
SHORT = clip(b"".join(split(FRAMES)[:12]))


def is_genuine(data: bytes) -> bool:
    return genuine_mark(look_at(data), CHECKER) is not None


def test_a_clip_as_it_was_made_is_genuine() -> None:
    assert genuine_mark(look_at(CLIP), CHECKER) == Mark(SOUND_ID, NOW)
    assert is_genuine(clip(INDEXED))
    assert is_genuine(clip(FRAMES[:-100]))  # its last frame is truncated


@pytest.mark.parametrize("change", HONEST.values(), ids=HONEST.keys())
def test_what_honest_programs_do_to_the_tags_leaves_it_genuine(change: Callable[[bytes], bytes]) -> None:
    for frames in (FRAMES, INDEXED, FRAMES[:-100]):
        changed = change(clip(frames))
        assert changed != clip(frames)
        assert is_genuine(changed)


@pytest.mark.parametrize("change", ATTACKS.values(), ids=ATTACKS.keys())
def test_what_makes_players_play_something_else_makes_it_changed(change: Callable[[bytes], bytes]) -> None:
    changed = change(CLIP)

    assert changed != CLIP
    assert not is_genuine(changed)


def test_a_copy_with_an_index_of_its_own_has_the_same_sound() -> None:
    assert look_at(copied(CLIP)).sound_hash == look_at(CLIP).sound_hash


@pytest.mark.parametrize("attack", ["frames in an ID3 tag of no version", "frames that an APE footer claims"])
def test_a_forged_clip_still_shows_its_mark(attack: str) -> None:
    assert look_at(ATTACKS[attack](CLIP)).marks


runs = st.sampled_from(FOREIGN_KINDS).flatmap(
    lambda frames: st.tuples(st.integers(0, 8), st.integers(2, 6)).map(
        lambda part: b"".join(split(frames)[part[0] : part[0] + part[1]])
    )
)


@settings(max_examples=200, deadline=None)
@given(run=runs, at=st.integers(0, len(SHORT)))
def test_a_run_of_frames_put_in_anywhere_makes_it_changed(run: bytes, at: int) -> None:
    assert not is_genuine(SHORT[:at] + run + SHORT[at:])


HIDDEN_IN: list[Callable[[bytes], bytes]] = [
    lambda body: id3(body) + SHORT,
    lambda body: id3(b"TIT2") + id3(body, version=b"\4\0") + SHORT,
    lambda body: id3(body, version=b"\2\0") + SHORT,
    lambda body: SHORT + ape(ape_item(body)),
    lambda body: SHORT + ape(ape_item(body), header=True),
    lambda body: SHORT + ape(body, items=0, size=len(body) + 32),
    lambda body: SHORT + b"LYRICSBEGIN" + body + f"{len(body) + 11:06}".encode() + b"LYRICS200",
]


@settings(max_examples=200, deadline=None)
@given(
    run=runs,
    before=st.binary(max_size=300),
    after=st.binary(max_size=300),
    wrap=st.sampled_from(HIDDEN_IN),
)
def test_a_run_of_frames_hidden_in_a_tag_makes_it_changed(
    run: bytes, before: bytes, after: bytes, wrap: Callable[[bytes], bytes]
) -> None:
    assert not is_genuine(wrap(before + run + after))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.binary(max_size=60)
        | runs
        | st.sampled_from(
            [SHORT, FRAMES[:2000], id3(b"", size=2**28 - 1), ape(b"", size=2**32 - 1), b"LYRICS200", b"TAG"]
        )
    ).map(b"".join)
)
def test_any_bytes_are_looked_at(data: bytes) -> None:
    look_at(data)


def steps(function: Callable[[], Any]) -> int:
    """Count the lines of the bot's code that run."""
    count = 0

    def count_line(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return count_line

    before = sys.gettrace()
    sys.settrace(count_line)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


LARGE = 2**17
BOMS = b"".join(b"\xff\xfe\x40\0" + bytes(30) for _ in range(LARGE // 34))
LONE = b"".join(b"\xff\xf3\x90\xc4" + bytes(16) for _ in range(LARGE // 20))
CLOSE = b"\xff\xfb\x90\xff\xfb\x91" * (LARGE // 6)


@pytest.mark.parametrize(
    "data",
    [
        id3(BOMS) + CLIP,
        id3(LONE) + CLIP,
        id3(LONE.replace(b"\xff", b"\xff\0"), flags=0x80) + CLIP,
        CLOSE,
        b"\xff" * LARGE,
        b"\xff\xfe" * (LARGE // 2),
        id3(b"") * (LARGE // 10),
        CLIP + b"TAG".ljust(128) * (LARGE // 128),
        CLIP + ape(ape_item(b"", b"ab") * (LARGE // 11), items=LARGE // 11) * 4,
        CLIP + (ape(b"", items=0)) * (LARGE // 32),
        CLIP + b"LYRICSBEGINLYRICSEND" * (LARGE // 20),
        split(FOREIGN_KINDS[2])[0] * (LARGE // 72),
    ],
)
def test_no_file_takes_more_steps_than_it_has_bytes(data: bytes) -> None:
    assert steps(lambda: look_at(data)) < len(data)
