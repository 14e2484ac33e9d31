"""Lets words be said otherwise than they are written, as managers and members have decided."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain

from bot.errors import UserError
from bot.models.common import Pronunciation
from bot.services.common.wording import quoted
from bot.services.text.spoken_characters import bare_name, clean_characters
from bot.services.text.spoken_mentions import Mentions
from bot.services.text.spoken_text import spoken as as_spoken
from bot.services.text.tables import Table

MOST_PRONUNCIATIONS = 100
LONGEST_WORD = LONGEST_SPOKEN = 50  # characters
LONGEST_LIST = 4000  # characters, one word per line: what fits into a field of one of Discord's forms

_APOSTROPHES = "'’"
_JOINERS = "\u200c\u200d"
_APOSTROPHE = re.compile(f"([{_APOSTROPHES}])")
_LIST_SIGN = "="  # between a word and how it is said
_CUE = re.compile(r"(\[[^\[\]]*\])")  # which an engine takes for a tone of voice, and does not say


def pronounced(words: str, pronunciations: Iterable[Pronunciation]) -> str:
    """Return spoken words with each whole word as it is to be said; of two ways for one word, the last one counts."""
    said = {word_key(each.word): each.spoken for each in pronunciations}
    if not said:
        return words
    with_signs, as_said = _WithSigns(said), _AsSaid(said)
    parts = _CUE.split(words)  # each second one is a cue
    pieces = ([(part, True)] if number % 2 else with_signs.pieces(part) for number, part in enumerate(parts))
    return "".join(piece if is_said else as_said.pronounced(piece) for piece, is_said in chain.from_iterable(pieces))


def word_key(word: str) -> str:
    """Return the form in which words are compared."""
    return unicodedata.normalize("NFC", word.casefold().replace("’", "'"))


def pronunciation(word: str, spoken: str) -> Pronunciation:
    """Return how a word is said, from what was typed. Raises UserError."""
    cleaned = cleaned_word(word)
    _check_word(cleaned, quoted(_shortened(word)))
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


def cleaned_word(typed: str) -> str:
    return " ".join(clean_characters(typed).split())


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


def _check_word(word: str, shown: str) -> None:
    """Raise a UserError that says what to type instead, if a word is never said as it was typed."""
    if not any(map(str.isalnum, word)):
        raise UserError(
            f"{shown} has no letter and no digit. Signs and emoji by themselves are not said; type a word, such as "
            "“nginx”, “C++” or “don't”."
        )
    if len(word.split()) > 1:
        raise UserError(f"{shown} is not one word. Decide about each of its words by itself.")
    if len(word) > LONGEST_WORD:
        raise UserError(f"{shown} is longer than {LONGEST_WORD} characters. Type a shorter word.")
    around = word[0] + word[-1]
    if any(sign in around for sign in _APOSTROPHES) or any(sign in word for sign in f"{_LIST_SIGN}[]"):
        raise UserError(
            f"{shown} holds a sign that is no part of a word. Leave out {_LIST_SIGN} [ ] and quotation marks."
        )
    if as_spoken(word, Mentions()) != word:
        raise UserError(
            f"{shown} is not said as you typed it, since Discord draws some of its signs. Type it without * _ ~ | ` \\ "
            "< > and without an address."
        )


class _WithSigns:
    """The words that hold more than letters, such as “C++” or “.NET”, and how they are said."""

    def __init__(self, said: dict[str, str]) -> None:
        self._said = said
        self._lengths: dict[str, list[int]] = {}  # by the first character; the longest first
        for word in said:
            if not all(map(_is_in_word, word)):
                self._lengths.setdefault(word[0], []).append(len(word))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def pieces(self, text: str) -> Iterator[tuple[str, bool]]:
        """Cut a text at these words; True for how one of them is said, False for what is still as it was."""
        keys = text.translate(_KEYS) if self._lengths else ""
        start = 0
        for at in [at for at, key in enumerate(keys) if key in self._lengths]:
            if at >= start and (end := self._end_of_word(keys, at)) is not None:
                yield text[start:at], False
                yield self._said[keys[at:end]], True
                start = end
        yield text[start:], False

    def _end_of_word(self, keys: str, at: int) -> int | None:
        lengths = self._lengths.get(keys[at])
        if lengths is None or _goes_on(keys[at], keys[at - 1 : at]):
            return None
        for length in lengths:
            end = at + length
            if end <= len(keys) and keys[at:end] in self._said and not _goes_on(keys[end - 1], keys[end : end + 1]):
                return end
        return None


def _goes_on(edge: str, beside: str) -> bool:
    """Return whether a word goes on beside its edge: with a letter, or with the same sign once more."""
    return beside == edge or (beside not in _APOSTROPHES and _is_in_word(beside))


def _same_length(letter: str) -> str:
    """Return a letter as it is compared; as it is, if it becomes several then, such as ß."""
    key = word_key(letter)
    return key if len(key) == 1 else letter


_KEYS = Table(_same_length)


class _AsSaid(dict[str, str]):
    """Words as they are typed, and how each of them is said."""

    def __init__(self, said: dict[str, str]) -> None:
        super().__init__()
        self._said = said

    def __missing__(self, word: str) -> str:
        """Work out how a word is said: as a whole, or else each part between apostrophes, as in "nginx's"."""
        spoken = self._said.get(word_key(word))
        if spoken is None:
            spoken = "".join(self._said.get(word_key(part), part) for part in _APOSTROPHE.split(word))
        self[word] = spoken
        return spoken

    def pronounced(self, text: str) -> str:
        pieces: list[str] = []
        start = 0
        for word in _WORD.finditer(text.translate(_SHAPES)):
            begin, end = word.span()
            pieces += (text[start:begin], self[text[begin:end]])
            start = end
        return "".join(pieces) + text[start:]


def _is_in_word(character: str) -> bool:
    if character.isalnum() or character in _APOSTROPHES or character in _JOINERS:
        return True
    return unicodedata.category(character).startswith("M")


def _shape(character: str) -> str:
    return "'" if character in _APOSTROPHES else "w" if _is_in_word(character) else " "


_SHAPES = Table(_shape)
_WORD = re.compile("w(?:[w']*w)?")  # in a text of shapes; apostrophes around a word are none of it


def _shortened(typed: str) -> str:
    typed = typed.strip()
    return typed if len(typed) <= LONGEST_WORD else f"{typed[:LONGEST_WORD]}…"
