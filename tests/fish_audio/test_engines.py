"""A host is told what they should know of the engine they chose, and may choose any."""

import pytest

from bot.fish_audio.engines import ENGINES, doubt_about
from bot.settings import Settings


def test_the_engine_that_is_chosen_for_a_host_is_beyond_doubt() -> None:
    assert doubt_about(Settings.model_fields["fish_model"].default) is None


@pytest.mark.parametrize("engine", ["s2-pro", "drama-3", "drama-3-preview"])
def test_an_engine_that_stays_is_nothing_to_speak_of(engine: str) -> None:
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
def test_an_engine_that_is_unknown_ends_or_is_not_covered_is_told(engine: str, told: str) -> None:
    assert told in (doubt_about(engine) or "")
    assert engine not in ENGINES or engine in {"s1", "s2.1-pro-free"}
