"""Words that a server does not want to hear, found again in whatever letters they are typed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.services.common.names import BLANK_LETTERS

# Letters of other scripts, and forms that Unicode does not decompose, by the plain letter they look like.
_TWINS = {
    "a": "аαɑᴀ",
    "b": "ьвβʙ",
    "c": "сϲᴄ",
    "d": "ԁɗᴅđ",
    "e": "еεєᴇɛ",
    "f": "ƒꜰ",
    "g": "ɡɢ",
    "h": "һнʜ",
    "i": "іιɪı",
    "j": "јյᴊ",
    "k": "кκᴋ",
    "l": "ӏⅼʟł",
    "m": "мᴍ",
    "n": "пηɴո",
    "o": "оοσօᴏø",
    "p": "рρᴘ",
    "q": "ԛգ",
    "r": "гʀ",
    "s": "ѕꜱ",
    "t": "тτᴛ",
    "u": "υսᴜ",
    "v": "νѵᴠ",
    "w": "ԝωᴡ",
    "x": "хχ",
    "y": "уγүʏ",
    "z": "ᴢ",
}
_PLAIN_LETTERS = {
    **{ord(twin): letter for letter, twins in _TWINS.items() for twin in twins},
    # White letters on dark squares and circles, and the letters of flags.
    **{start + place: chr(ord("a") + place) for start in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)},
}

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
_CAPITAL_I = "ꟾ"  # stands for an I behind a small letter, where it is often typed for an l

# Marks that make another letter in their scripts: dots under Indic letters, voicing of kana, silenced vowels.
_MEANT_MARKS = {0, 7, 8, 9}  # Unicode's combining classes; most vowel signs have none
_VARIATION_SELECTORS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))

_SIGNS = "".join(sorted({sign for signs in _STAND_INS.values() for sign in signs if not sign.isalnum()}))

# What may stand between words, or between the letters of one that is spelled out: never a sign that is typed for a
# letter, and nothing is given back once it is matched, so that no text takes longer than its length.
_BETWEEN = rf"(?:_|[^\w{re.escape(_SIGNS)}])++"
_PERHAPS = rf"(?:_|[^\w{re.escape(_SIGNS)}])?+"
_SHORTEST_SPELLED = 3  # letters: two of them may well stand beside each other

# What Fish Audio takes for a tone of voice and does not say, and what looks like a mark-up tag.
_CUE = r"\[[^\[\]]*\]|\([^()]*\)|<[^<>]*>"

# These scripts put no blanks between words, or hang endings on them.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True, slots=True)
class _Sought:
    pattern: re.Pattern[str]
    has_letters: bool  # then a number alone, such as 455, is not meant


def holds_forbidden(texts: Iterable[str], words: tuple[str, ...]) -> bool:
    """Whether one of the words, or phrases, stands in one of the texts as a whole."""
    sought = [each for word in words if (each := _sought(word)) is not None]
    folded = [_folded(text) for text in texts] if sought else []
    written = {way for text in folded for way in (text, _pulled_together(text))}
    return any(_is_in(text, each) for text in written for each in sought)


def can_be_found(word: str) -> bool:
    """Whether there is anything in a word that can be looked for."""
    return _sought(word) is not None


def _is_in(text: str, sought: _Sought) -> bool:
    return any(
        (not sought.has_letters or any(map(str.isalpha, match[0])))
        and not _is_mark(text[match.end() : match.end() + 1])
        for match in sought.pattern.finditer(text)
    )


@lru_cache(maxsize=4096)
def _sought(word: str) -> _Sought | None:
    parts = _folded(word).split()
    has_letters = any(letter.isalpha() for part in parts for letter in part)
    if not any(letter.isalnum() for part in parts for letter in part):
        return None
    begin = "" if _is_unspaced(parts[0][0]) else r"(?<![^\W_])"
    end = "" if _is_unspaced(parts[-1][-1]) else r"(?![^\W_])"
    letter_pattern = _seen_as if has_letters else re.escape
    phrase = _BETWEEN.join("".join(map(letter_pattern, part)) for part in parts)
    letters = [letter for part in parts for letter in part if letter.isalnum() or letter in _SIGNS or _is_mark(letter)]
    if len(letters) >= _SHORTEST_SPELLED and not any(map(_is_mark, letters)):
        phrase = f"(?:{phrase}|{_BETWEEN.join(map(letter_pattern, letters))})"  # as it is, or spelled out
    return _Sought(re.compile(begin + phrase + end), has_letters)


def _seen_as(letter: str) -> str:
    """A pattern for everything that a letter of a forbidden word may be typed as."""
    if _is_mark(letter):
        return letter
    letters = {plain for plain, signs in _STAND_INS.items() if letter in signs} or {letter}
    if letters == {letter} and not letter.isalnum():
        return _PERHAPS  # the apostrophe of "don't" is often another one, or left out
    signs = "".join(each + _STAND_INS.get(each, "") for each in sorted(letters))
    return f"[{re.escape(signs)}{_CAPITAL_I if letters & {'i', 'l'} else ''}]"


def _folded(text: str) -> str:
    """The text in small plain letters, without accents and without what cannot be seen."""
    decomposed = "".join(letter for letter in unicodedata.normalize("NFKD", text) if _is_kept(letter))
    marked = re.sub("(?<=[a-z])I+", lambda match: _CAPITAL_I * len(match[0]), decomposed)
    return marked.casefold().translate(_PLAIN_LETTERS)


def _pulled_together(text: str) -> str:
    """The text without the cues and signs that stand inside its words."""
    without_cues = re.sub(_CUE, "", text)
    return re.sub(r"(?<=\w)[^\w\s]+(?=\w)", lambda signs: "".join(filter(_is_mark, signs[0])), without_cues)


def _is_kept(letter: str) -> bool:
    if letter in BLANK_LETTERS or letter in _VARIATION_SELECTORS or unicodedata.category(letter) in {"Cf", "Me"}:
        return False
    return unicodedata.combining(letter) in _MEANT_MARKS


def _is_mark(letter: str) -> bool:
    """Whether it changes the letter before it, such as a vowel sign."""
    return letter != "" and unicodedata.category(letter).startswith("M")


def _is_unspaced(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_UNSPACED)
