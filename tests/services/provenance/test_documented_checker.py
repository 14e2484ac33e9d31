"""The program in docs/provenance.md knows the bot's clips and nothing else."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from bot.audio.mp3.mpeg import sound_hash
from bot.audio.mp3.tags import tag_mp3
from bot.services.common.signing import Signer
from bot.services.provenance.marks import mark
from tests.audio.mp3.mp3s import ATTACKS, FRAMES

PAGE = Path(__file__).parents[3] / "docs/provenance.md"
SIGNER, NOW = Signer(b"h" * 32, b"p" * 32), 1_793_000_000_000
KEY = SIGNER.public_key.hex()


def clip(frames: bytes) -> bytes:
    made = mark(SIGNER, "0f" * 8, sound_hash(frames), NOW)
    return tag_mp3(frames, title="Grandpa", artist="Ann", comment="“Grandpa”", mark=made)


@pytest.fixture(scope="module")
def time_made() -> Callable[[bytes, str], int]:
    program = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "checker"}
    exec("\n".join(program), names)  # noqa: S102 - the program of our own page
    return names["time_made"]


def test_it_knows_a_clip(time_made: Callable[[bytes, str], int]) -> None:
    assert time_made(clip(FRAMES), KEY) == NOW
    with pytest.raises(InvalidSignature):
        time_made(clip(FRAMES), Signer(b"h" * 32, b"o" * 32).public_key.hex())


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_takes_nothing_else_for_one(time_made: Callable[[bytes, str], int], attack: str) -> None:
    with pytest.raises((ValueError, InvalidSignature)):
        time_made(ATTACKS[attack](clip(FRAMES)), KEY)
