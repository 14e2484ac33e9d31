"""Brings text that can be typed in many ways into one form, in which it can be compared."""

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

from bot.services.common.names import BLANK_LETTERS, VARIATION_SELECTORS
from bot.services.text.lookalikes import LIGATURES, LOOKALIKES
from bot.services.text.tables import MOST_REMEMBERED, Table

# Digits and signs, by the letters for which they are typed.
_STAND_INS = {
    "a": "4@",
    "b": "8",
    "e": "3€",
    "g": "9",
    "i": "1!|",
    "l": "1!|",
    "o": "0",
    "s": "5$",
    "t": "7+",
    "z": "2",
}
# What Unicode does not list: small capitals, and small letters that look like Latin ones at a glance.
_MORE_LOOKALIKES = {
    "a": "ᴀ",
    "b": "ьвβʙ",
    "d": "ᴅ",
    "e": "εєᴇɛ",
    "f": "ꜰ",
    "g": "ɢ",
    "h": "нʜ",
    "j": "ᴊ",
    "k": "кκᴋ",
    "l": "ʟ",
    "m": "мᴍ",
    "n": "пɴ",
    "p": "ᴘ",
    "r": "ʀ",
    "t": "тτᴛ",
    "w": "ω",
    "x": "χ",
}
# White letters on dark squares and circles, and the letters of flags.
_LETTERED_PICTURES = {
    chr(ord("a") + place): "".join(chr(start + place) for start in (0x1F150, 0x1F170, 0x1F1E6)) for place in range(26)
}

_CAPITAL_I = "ꟾ"  # stands for an I behind a small letter, where it is often typed for an l
_LONG_S = "ẜ"  # stands for a long s, which looks like an f

# Characters that decomposition would turn into others that do not look like them.
_KEPT_APART = {"ſ": _LONG_S, "ϲ": "c", "Ϲ": "C", "︱": "|"}

# Marks that make another letter in their scripts: dots under Indic letters, voicing of kana, silenced vowels.
_MEANT_MARKS = {0, 7, 8, 9}  # Unicode's combining classes; most vowel signs have none

# What Fish Audio takes for a tone of voice and does not say, and what looks like a mark-up tag.
_CUE = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|<[^<>]*>")

# In a canonical text, any number of signs is one "-", and any number of blanks and signs is one " ".
SIGN = "-"
BLANK = " "
_GAPS = ((SIGN + SIGN, SIGN), (SIGN + BLANK, BLANK), (BLANK + SIGN, BLANK), (BLANK + BLANK, BLANK))
_I_BEHIND_A_SMALL_LETTER = re.compile("(?<=[a-z])I+")


def _letters_by_lookalike() -> dict[str, frozenset[str]]:
    letters: dict[str, set[str]] = defaultdict(set)
    for table in (LOOKALIKES, _MORE_LOOKALIKES, _LETTERED_PICTURES, _STAND_INS):
        for letter, characters in table.items():
            for character in "".join(characters):
                letters[character].add(letter)
    letters[_CAPITAL_I] = {"i", "l"}
    letters[_LONG_S] = {"s", "f"}
    sets = {each: each for each in map(frozenset, letters.values())}  # thousands of characters share a few of them
    return {character: sets[frozenset(looks_like)] for character, looks_like in letters.items()}


_LETTERS = _letters_by_lookalike()


def canonical(text: str) -> str:
    """Remove accents and what cannot be seen, and make each gap between words one character long."""
    return _canonical(_decomposed(text))


def ways_of_reading(text: str) -> set[str]:
    """Return the text in canonical form: as it is, and without the cues that stand inside its words."""
    decomposed = _decomposed(text)
    return {_canonical(each) for each in {decomposed, _CUE.sub("", decomposed)}}


def _decomposed(text: str) -> str:
    for character, becomes in _KEPT_APART.items():
        text = text.replace(character, becomes)
    return unicodedata.normalize("NFKD", text)


def _canonical(decomposed: str) -> str:
    plain = decomposed.translate(_KEPT_CHARACTERS)
    for gap, shorter in _GAPS:
        while gap in plain:
            plain = plain.replace(gap, shorter)
    if "I" in plain:
        plain = _I_BEHIND_A_SMALL_LETTER.sub(lambda match: _CAPITAL_I * len(match[0]), plain)
    return plain.strip(SIGN + BLANK)


def _kept(character: str) -> str | None:
    if character in _LETTERS:
        return character
    if character in LIGATURES:
        return LIGATURES[character]
    if character in BLANK_LETTERS:
        return None
    if character.isalnum():
        folded = character.casefold()
        return character if len(folded) == 1 else folded
    category = unicodedata.category(character)
    if character in VARIATION_SELECTORS or category in {"Cf", "Me"}:
        return None
    if category.startswith("M"):
        return character if unicodedata.combining(character) in _MEANT_MARKS else None
    return BLANK if character.isspace() else SIGN


_KEPT_CHARACTERS = Table(_kept)


def full_length(text: str) -> int:
    """Return the number of characters, each counted as those for which it stands: ﷺ stands for eighteen."""
    return len(unicodedata.normalize("NFKC", text))


def is_plain_letter(character: str) -> bool:
    """Return True for a letter that is read as nothing but itself."""
    return character.isalpha() and character not in _LETTERS and character.casefold() not in _LETTERS


class Symbol(NamedTuple):
    """What a character of a canonical text can be."""

    letters: frozenset[str]  # what it may be read as
    is_letter: bool  # neither a digit nor a sign that is typed for a letter
    is_sign: bool  # may stand inside a word and mean nothing
    is_in_word: bool  # words begin and end beside others
    is_mark: bool


@lru_cache(maxsize=MOST_REMEMBERED)
def symbol_of(character: str) -> Symbol:
    is_mark = unicodedata.category(character).startswith("M")
    digit = unicodedata.digit(character, None)
    plain = character.casefold() if digit is None else str(digit)
    return Symbol(
        letters=_LETTERS.get(character, frozenset()) | _LETTERS.get(plain, frozenset()) | {plain},
        is_letter=character.isalpha() or (character in _LETTERS and not character.isascii() and digit is None),
        is_sign=character != BLANK and not character.isalnum() and not is_mark,
        is_in_word=character.isalnum() or is_mark,
        is_mark=is_mark,
    )


@lru_cache(maxsize=MOST_REMEMBERED)
def letters_fitting(character: str) -> frozenset[str]:
    """Return the letters that a letter of a forbidden word looks like, as a small letter and as a capital."""
    plain = character.casefold()
    cases = {character, plain, character.lower(), character.upper()}
    return frozenset({plain}).union(*(_LETTERS.get(case, frozenset[str]()) for case in cases))
