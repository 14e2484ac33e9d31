"""A voice message counts as made by the bot only if players play the bot's sound in it and nothing else."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audio.ogg.comments import comment_packet
from bot.audio.ogg.opus import OpusSound, write_ogg
from bot.services.common.signing import Signer
from bot.services.provenance.marks import Mark, MarkChecker, mark
from bot.services.provenance.tracing import genuine_mark, look_at
from tests.audio.mp3.mp3s import FRAMES
from tests.audio.ogg.oggs import ATTACKS, FOREIGN, HONEST, OTHER, SERIAL, SOUND, shortened
from tests.services.provenance.test_tracing import steps

SOUND_ID, NOW = "0f" * 8, 1_793_000_000_000
SIGNER = Signer(b"h" * 32, b"p" * 32)
CHECKER = MarkChecker(SIGNER.public_key)


def clip(sound: OpusSound = SOUND) -> bytes:
    made = mark(SIGNER, SOUND_ID, sound.hash, NOW)
    return write_ogg(sound, comment_packet(title="Grandpa", artist="Ann", comment="“G”", mark=made), serial=SERIAL)


CLIP = clip()
SHORT = clip(shortened(SOUND, 12))


def is_genuine(data: bytes) -> bool:
    return genuine_mark(look_at(data), CHECKER) is not None


def test_a_voice_message_as_it_was_made_is_genuine() -> None:
    assert genuine_mark(look_at(CLIP), CHECKER) == Mark(SOUND_ID, NOW)
    assert is_genuine(SHORT)


@pytest.mark.parametrize("change", HONEST.values(), ids=HONEST.keys())
def test_what_honest_programs_do_to_the_comments_leaves_it_genuine(change: Callable[[bytes], bytes]) -> None:
    changed = change(CLIP)

    assert changed != CLIP
    assert is_genuine(changed)


@pytest.mark.parametrize("change", ATTACKS.values(), ids=ATTACKS.keys())
def test_what_makes_players_play_something_else_makes_it_changed(change: Callable[[bytes], bytes]) -> None:
    changed = change(CLIP)

    assert changed != CLIP
    assert not is_genuine(changed)
    assert look_at(changed).marks


pieces = st.sampled_from([OTHER, FRAMES, FRAMES[:2000], SHORT, b"OggS", FOREIGN.packets[3]]) | st.binary(max_size=60)


@settings(max_examples=200, deadline=None)
@given(piece=pieces.filter(bool), at=st.integers(0, len(SHORT)))
def test_anything_put_in_anywhere_makes_it_changed(piece: bytes, at: int) -> None:
    assert not is_genuine(SHORT[:at] + piece + SHORT[at:])


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces).map(b"".join))
def test_any_bytes_are_looked_at(data: bytes) -> None:
    look_at(data)


LARGE = 2**17


@pytest.mark.parametrize(
    "data", [OTHER[:47] * (LARGE // 47), b"OggS" * (LARGE // 4), CLIP[:-1] + b"mynah=" * (LARGE // 6)]
)
def test_no_file_takes_more_steps_than_it_has_bytes(data: bytes) -> None:
    assert steps(lambda: look_at(data)) < len(data)
