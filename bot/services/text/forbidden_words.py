"""Finds the words that a server forbids, in whatever letters they are typed."""

import asyncio
import unicodedata
from collections.abc import Generator, Iterable
from functools import lru_cache

from bot.services.text.canonical import BLANK, SIGN, canonical, symbol_of, ways_of_reading
from bot.services.text.word_matcher import Matcher, Word

# These scripts put no blanks between words, or add endings to them.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


def holds_forbidden(texts: Iterable[str], words: tuple[str, ...]) -> bool:
    """Return True if one of the words, or phrases, stands in one of the texts as a whole.

    The work grows with the length of the texts, whatever stands in them and in the words.
    """
    search = _search(texts, words)
    try:
        while True:
            next(search)
    except StopIteration as end:
        return end.value


async def finds_forbidden(texts: Iterable[str], words: tuple[str, ...]) -> bool:
    """Search as `holds_forbidden` does. The event loop turns between the parts of a long search."""
    search = _search(texts, words)
    try:
        while True:
            next(search)
            await asyncio.sleep(0)
    except StopIteration as end:
        return end.value


def _search(texts: Iterable[str], words: tuple[str, ...]) -> Generator[None, None, bool]:
    if not words:
        return False
    matcher, read = _matcher(words), set[str]()
    for text in texts:
        ways = ways_of_reading(text) - read
        read |= ways
        if ways and (yield from matcher.search(ways)):
            return True
    return False


def can_be_found(word: str) -> bool:
    """Return True if a word holds anything that can be looked for."""
    return _word(word) is not None


@lru_cache(maxsize=4096)
def _word(typed: str) -> Word | None:
    """Prepare a word for the search. Returns None if it holds nothing that can be looked for."""
    word = canonical(typed)
    symbols = [symbol_of(character) for character in word]
    if not any(symbol.is_letter or (symbol.is_in_word and not symbol.is_mark) for symbol in symbols):
        return None
    # The apostrophe of "don't" is often left out, or a blank.
    spellings = dict.fromkeys([word.replace(SIGN, ""), word.replace(SIGN, BLANK)])
    return Word(
        spellings=tuple(spellings),
        has_letters=any(symbol.is_letter for symbol in symbols),
        begins_anywhere=_is_unspaced(word[0]),
        ends_anywhere=_is_unspaced(word[-1]),
    )


@lru_cache(maxsize=32)
def _matcher(words: tuple[str, ...]) -> Matcher:
    return Matcher(filter(None, map(_word, words)))


def _is_unspaced(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_UNSPACED)
