"""Decides which characters of a typed text reach a voice."""

import re
import unicodedata
from itertools import compress

from bot.services.text.tables import Table

# Emoji are not said: each engine makes something else of them, and the text beside the sound shows them.
_PICTURES = re.compile("[\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
# Blank letters, variation selectors, the box of a keycap: nothing to see, and nothing to say.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u20e3\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Letters in another typeface, which no engine knows: "𝓗𝓮𝓵𝓵𝓸".
_DRESSED_UP = re.compile("[\U0001d400-\U0001d7ff]")
# Controls, formats (zero width, reading direction), lone surrogates, private use, unassigned.
_UNSPOKEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Formats with which some scripts are spelled: one keeps two letters apart, the other binds them together.
_JOINERS = frozenset("\u200c\u200d")
_SPELLED_WITH_JOINERS = re.compile(
    "["
    "\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufefc"  # Arabic, Syriac, N'Ko and their neighbours
    "\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f"  # the scripts of India, Sinhala, Tibetan, Myanmar
    "\u1780-\u18af\u1900-\u1aff\u1b00-\u1c4f"  # Khmer, Mongolian, and the scripts of Southeast Asia and its islands
    "\ua800-\ua8ff\ua930-\ua9ff\uaa60-\uaadf\uabc0-\uabff"
    "\U00010a00-\U00010aff\U00010d00-\U00010d3f\U00010f30-\U00010fdf\U00011000-\U00011fff\U0001e900-\U0001e95f"
    "]"
)
_MARK_CATEGORIES = frozenset({"Mn", "Me"})
_HIGHEST_PILE = 4  # marks on one letter; Hebrew and Tibetan need three, a prank needs dozens
_PERHAPS_A_PILE = re.compile(rf"[^\w\s\x00-\x7f]{{{_HIGHEST_PILE + 1}}}")
_STAY_IN_NAMES = frozenset(".,'’&+-") | _JOINERS
_SAID = re.compile(r"[^\W_]|[%&+=@$€£¥°§]")


def clean_characters(text: str) -> str:
    """Return the text in NFC, with blanks instead of pictures, and without what can be neither seen nor said.

    Whitespace stays as it is, whatever kind it is.
    """
    joined = _without_idle_joiners(text.translate(_SPOKEN))
    return _without_piles(unicodedata.normalize("NFC", joined))


def can_be_said(text: str) -> bool:
    """Return True if the text holds a letter, a digit or a sign that is read aloud by its name."""
    return _SAID.search(text) is not None


def bare_name(name: str) -> str:
    """Return a name as it is said: letters, digits and a few signs that mean nothing to Discord or Fish Audio."""
    letters = (
        character if character in _STAY_IN_NAMES or unicodedata.category(character)[0] in "LMN" else " "
        for character in clean_characters(name)
    )
    bare = " ".join("".join(letters).split())
    return bare if can_be_said(bare) else ""


def _as_spoken(character: str) -> str | None:
    if character.isalpha() and not _DRESSED_UP.match(character) and not _INVISIBLE.match(character):
        return character
    if _PICTURES.match(character):
        return " "
    if _DRESSED_UP.match(character):
        return unicodedata.normalize("NFKC", character)
    if character in _JOINERS or character.isspace():
        return character
    unspoken = unicodedata.category(character) in _UNSPOKEN_CATEGORIES or _INVISIBLE.match(character)
    return None if unspoken else character


_SPOKEN = Table(_as_spoken)


def _shape(character: str) -> str:
    if character in _JOINERS:
        return "j"
    is_spelled = _SPELLED_WITH_JOINERS.match(character) and unicodedata.category(character)[0] in "LMN"
    return "s" if is_spelled else "."


_SHAPES = Table(_shape)
_IDLE_JOINER = re.compile("(?<!s)j|j(?!s)")  # in a text of shapes


def _without_idle_joiners(text: str) -> str:
    """Keep a joiner if a script that is spelled with joiners stands on both sides of it; remove it elsewhere."""
    if not any(joiner in text for joiner in _JOINERS):
        return text
    shapes = _IDLE_JOINER.sub("-", text.translate(_SHAPES))
    return "".join(compress(text, map("-".__ne__, shapes)))


def _without_piles(text: str) -> str:
    """Cut the combining marks on each letter down to as many as some language uses; "Zalgo" piles up dozens."""
    if not _PERHAPS_A_PILE.search(text):
        return text
    kept: list[str] = []
    height = 0
    for character in text:
        if character not in _JOINERS:
            height = height + 1 if unicodedata.category(character) in _MARK_CATEGORIES else 0
        if height <= _HIGHEST_PILE:
            kept.append(character)
    return "".join(kept)
