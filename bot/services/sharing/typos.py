"""Forgives slips in the names of voices that members type."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.services.common.names import LONGEST_NAME

_LEAST_LETTERS = 3  # of what is typed before anything is taken for a slip
_LONGEST_LABEL = 2 * LONGEST_NAME  # a name, and whose it is
_NO_DIGITS = re.compile(r"\D+")
_LIKENESS = 80.0  # percent of what was typed that a suggestion has, in this order


def resembling(typed: str, keys: Sequence[str]) -> list[int]:
    """Return the numbers of the keys in which something is like what was typed so far, the most alike first.

    They hold the digits that were typed.
    """
    if not _LEAST_LETTERS <= len(typed) <= LONGEST_NAME:
        return []
    found = process.extract(typed, keys, scorer=fuzz.partial_ratio, score_cutoff=_LIKENESS, limit=None)  # pyrefly: ignore[no-matching-overload]
    digits = _digits(typed)
    return [number for key, _, number in found if not digits or digits in _digits(key)]


def similar(typed: str, keys: Sequence[str]) -> list[int]:
    """Return the numbers of the keys that somebody may have meant by a whole name, the most alike first."""
    if not _LEAST_LETTERS <= len(typed) <= _LONGEST_LABEL:
        return []
    found = process.extract(typed, keys, scorer=OSA.distance, score_cutoff=_slips_asked_about(typed), limit=None)  # pyrefly: ignore[no-matching-overload]
    return [number for _, _, number in found]


def is_slip(typed: str, key: str) -> bool:
    """Return True if what was typed is surely this name with a slip.

    Its first letter and its digits are right. One letter in five to eight, or two in more, are left out, put in, wrong
    or swapped with the next one.
    """
    slips = _slips_forgiven(min(len(typed), len(key)))
    if typed[:1] != key[:1] or _digits(typed) != _digits(key):
        return False
    return OSA.distance(typed, key, score_cutoff=slips) <= slips


def _slips_forgiven(letters: int) -> int:
    return 0 if letters < 5 else 1 if letters < 9 else 2


def _slips_asked_about(typed: str) -> int:
    return 1 if len(typed) < 5 else 2 if len(typed) < 9 else 3


def _digits(text: str) -> str:
    return _NO_DIGITS.sub("", text)
