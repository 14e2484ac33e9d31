"""Lets words be said otherwise than they are written, as managers and members have decided."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

from bot.errors import UserError
from bot.models.common import Pronunciation
from bot.services.common.wording import quoted
from bot.services.text.spoken_characters import bare_name, clean_characters

MOST_PRONUNCIATIONS = 100
LONGEST_WORD = LONGEST_SPOKEN = 50  # characters
LONGEST_LIST = 4000  # characters, one word per line: what fits into a field of one of Discord's forms

_APOSTROPHES = "'’"
_JOINERS = "\u200c\u200d"
_APOSTROPHE = re.compile(f"([{_APOSTROPHES}])")
_CUE = re.compile(r"(\[[^\[\]]*\])")  # which an engine takes for a tone of voice, and does not say


def pronounced(words: str, pronunciations: Iterable[Pronunciation]) -> str:
    """Return spoken words with each whole word as it is to be said; of two ways for one word, the last one counts."""
    said = {word_key(each.word): each.spoken for each in pronunciations}
    if not said:
        return words
    parts = _CUE.split(words)  # each second one is a cue
    return "".join(part if number % 2 else _pronounced(part, said) for number, part in enumerate(parts))


def word_key(word: str) -> str:
    """Return the form in which words are compared."""
    return unicodedata.normalize("NFC", word.casefold().replace("’", "'"))


def pronunciation(word: str, spoken: str) -> Pronunciation:
    """Return how a word is said, from what was typed. Raises UserError."""
    cleaned = " ".join(clean_characters(word).split())
    if len(cleaned) > LONGEST_WORD or [run for run, is_word in _runs(cleaned) if is_word] != [cleaned]:
        raise UserError(
            f"{quoted(_shortened(word))} is not one word. A word has letters and digits, and no blanks or other signs."
        )
    said = " ".join(clean_characters(spoken).split())
    if not said or bare_name(said) != said:
        raise UserError(
            f"Write with letters how {quoted(cleaned)} is said, as “engine x” for “nginx”. The signs . , ' & + - may "
            "stand between them."
        )
    if len(said) > LONGEST_SPOKEN:
        raise UserError(
            f"How {quoted(cleaned)} is said has at most {LONGEST_SPOKEN} characters; yours has {len(said)}."
        )
    return Pronunciation(word=cleaned, spoken=said)


def read_lines(typed: str) -> tuple[Pronunciation, ...]:
    """Read a list with a line `word = say it like this` for each word. Raises UserError, which names the wrong line."""
    found: dict[str, Pronunciation] = {}
    if len(typed) > LONGEST_LIST:
        raise UserError(f"The list has at most {LONGEST_LIST} characters; yours has {len(typed)}. Leave some out.")
    for number, line in enumerate(typed.splitlines(), start=1):
        if not line.strip():
            continue
        word, equals, spoken = line.partition("=")
        if not equals:
            raise UserError(f"Line {number} has no “=”. Write “word = say it like this”.")
        try:
            each = pronunciation(word, spoken)
        except UserError as error:
            raise UserError(f"Line {number}: {error}") from None
        if found.setdefault(word_key(each.word), each) is not each:
            raise UserError(f"Line {number}: {quoted(each.word)} stands in an earlier line already. Keep one of them.")
    if len(found) > MOST_PRONUNCIATIONS:
        raise UserError(f"A list has at most {MOST_PRONUNCIATIONS} words; these are {len(found)}. Leave some out.")
    return tuple(found.values())


def as_lines(pronunciations: Iterable[Pronunciation]) -> str:
    return "\n".join(f"{each.word} = {each.spoken}" for each in pronunciations)


def _pronounced(text: str, said: dict[str, str]) -> str:
    return "".join(_said(run, said) if is_word else run for run, is_word in _runs(text))


def _said(word: str, said: dict[str, str]) -> str:
    """Return a word as it is said: as a whole, or else each part between apostrophes, as in "nginx's"."""
    if (spoken := said.get(word_key(word))) is not None:
        return spoken
    return "".join(said.get(word_key(part), part) for part in _APOSTROPHE.split(word))


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Cut a text into words and what stands between them; True for words. Apostrophes around a word are none of it."""
    for is_word, letters in groupby(text, _is_in_word):
        run = "".join(letters)
        word = run.strip(_APOSTROPHES) if is_word else ""
        if not word:
            yield run, False
            continue
        before, _, after = run.partition(word)
        yield from ((before, False), (word, True), (after, False))


def _is_in_word(character: str) -> bool:
    if character.isalnum() or character in _APOSTROPHES or character in _JOINERS:
        return True
    return unicodedata.category(character).startswith("M")


def _shortened(typed: str) -> str:
    typed = typed.strip()
    return typed if len(typed) <= LONGEST_WORD else f"{typed[:LONGEST_WORD]}…"
