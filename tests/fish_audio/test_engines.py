"""A host may choose any engine, and is warned of a doubtful one."""

import pytest

from bot.fish_audio.engines import ENGINES, doubt_about
from bot.settings import Settings


def test_the_default_engine_is_not_doubtful() -> None:
    assert doubt_about(Settings.model_fields["fish_model"].default) is None


@pytest.mark.parametrize("engine", ["s2-pro", "drama-3", "drama-3-preview"])
def test_an_engine_that_stays_is_not_doubtful(engine: str) -> None:
    assert doubt_about(engine) is None


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("s2.1-pr", "Did you mean s2.1-pro?"),
        ("S2-Pro", "an engine that I do not know"),
        ("zzz", "an engine that I do not know"),
        ("s1", "2026-12-31"),
        ("s2.1-pro-free", "data-processing agreement does not cover"),
    ],
)
def test_a_host_is_warned_of_an_engine_that_is_unknown_ends_or_is_not_covered(engine: str, told: str) -> None:
    assert told in (doubt_about(engine) or "")
    assert engine not in ENGINES or engine in {"s1", "s2.1-pro-free"}
