"""The engines of Fish Audio, as its documentation listed them in November 2026."""

from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum

from bot.clock import DAY, SECOND

DEFAULT = "s2.1-pro"
ENGINES = (DEFAULT, "s2.1-pro-free", "s2-pro", "s1", "drama-3", "drama-3-preview")


SPEECH_PRICE = Decimal(15)  # USD for a million bytes of UTF-8, for the engines that follow
_PRICED = (DEFAULT, "s2-pro", "s1")
RECORDING_PRICE = Decimal("0.36") * 4 / 60  # USD to listen to the longest recording: 4 minutes at 0.36 USD an hour

# From then on Fish Audio may serve s1 by another engine, which reads "(happy)" aloud. A day early, as clocks differ.
_S1_CUES_END = int(datetime(2026, 12, 31, tzinfo=UTC).timestamp()) * SECOND - DAY


class CueForm(StrEnum):
    """How an engine is told in which tone to speak."""

    BRACKETS = "brackets"  # any description, such as [very excited], for one sentence
    PARENTHESES = "parentheses"  # one of the documented words, such as (happy), until the next one


def cue_form(engine: str, now: int) -> CueForm | None:
    """Return the form of cues that an engine surely understands at this moment; None if it may read them aloud."""
    match engine:
        case "s1":
            return CueForm.PARENTHESES if now < _S1_CUES_END else None
        case _ if engine in ENGINES:
            return CueForm.BRACKETS
        case _:
            return None


def price_of(engine: str) -> Decimal | None:
    """Return what a million bytes of text cost in USD; None if that is not known."""
    return SPEECH_PRICE if engine in _PRICED else None


def doubt_about(engine: str) -> str | None:
    """Return a sentence about a doubtful choice of engine; None if there is no doubt.

    Fish Audio refuses no name, and it may have engines that are newer than this list, so this is never an error.
    """
    if engine not in ENGINES:
        near = get_close_matches(engine, ENGINES, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return (
            f"FISH_MODEL is {engine!r}, an engine that I do not know; Fish Audio uses {DEFAULT} in place of names that "
            f"it does not know either, without saying so.{meant}"
        )
    if engine == "s1":
        return f"Fish Audio ends the engine s1 on 2026-12-31 and uses {DEFAULT} from then on. Set FISH_MODEL={DEFAULT}."
    if engine.endswith("-free"):
        return (
            f"Fish Audio's data-processing agreement does not cover the engine {engine}. Set FISH_MODEL={DEFAULT} "
            "where that matters."
        )
    return None
