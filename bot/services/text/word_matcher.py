"""Looks for many words at once, by numbers with a bit for each character of the text."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import NamedTuple

from bot.services.text.canonical import BLANK, SIGN, is_plain_letter, letters_fitting, symbol_of
from bot.services.text.tables import Table

_SHORTEST_SPELLED = 3  # letters: two of them may well stand beside each other
_EDGE = "\n"  # stands around a text, and in no canonical one
_LONG = 500  # characters of a text, from which the event loop may turn while it is searched
_BRANCHES_AT_ONCE = 20  # of a long text; with 38 letters each they take half a millisecond
_PLACE_BITS = 4  # of the number of a kind of characters; the others are the number of its page
_PAGE = 1 << _PLACE_BITS


@dataclass(frozen=True, slots=True)
class Word:
    """A forbidden word, or several with blanks between them, in canonical form."""

    spellings: tuple[str, ...]
    has_letters: bool  # then a number alone, such as 455, is not meant
    begins_anywhere: bool
    ends_anywhere: bool


class _Letter(NamedTuple):
    """A letter of a word, with the number of the set of letters that it looks like."""

    may_follow_signs: bool  # which then mean nothing
    looks: int


class _Spelling(NamedTuple):
    letters: tuple[_Letter, ...]
    word: Word


class _Branch(NamedTuple):
    """The letters that some spellings have in common, after those of the branch on which it grows."""

    may_follow_signs: bool  # each of the letters
    looks: Sequence[int]
    ended: Sequence[_Spelling]
    further: "Sequence[_Branch]"


class _Traits(NamedTuple):
    is_letter: bool = False
    is_sign: bool = False
    is_in_word: bool = False
    is_mark: bool = False
    is_gap: bool = False  # between words, or between the letters of one that is spelled out


_UNWANTED_LETTER = _Traits(is_letter=True, is_in_word=True)
_NO_LOOKS = frozenset[int]()


class Matcher:
    """Looks for many words at once.

    The words are a tree of letters. For each letter of the tree, a number tells where in the text the word may have
    been read up to there: it has a bit for each character. Going on to the next letter takes five operations on such
    numbers, whatever stands in the text, and a branch ends where no bit is left. This is the algorithm Shift-And by
    Baeza-Yates and Gonnet (1992) with text and words exchanged.
    """

    def __init__(self, words: Iterable[Word]) -> None:
        self._alphabet = _Alphabet()
        spellings = [_Spelling(self._letters(word, spelling), word) for word in words for spelling in word.spellings]
        spellings.sort(key=lambda each: each.letters)
        self._trees = [
            (anywhere, _branches([each for each in spellings if each.word.begins_anywhere is anywhere]))
            for anywhere in (False, True)
        ]

    def search(self, texts: Iterable[str]) -> Generator[None, None, bool]:
        """Return True if one of the words stands in one of the canonical texts. Yields between parts of the work."""
        kinds = self._alphabet.kinds(f"{_EDGE}{_EDGE.join(texts)}{_EDGE}")
        text = _Text(kinds, self._alphabet)
        read = 0
        for anywhere, tree in self._trees:
            begin = text.everywhere if anywhere else text.outside
            growing = [(begin, tree)]
            while growing:
                before, branches = growing.pop()
                for branch in branches:
                    if found := text.read(branch.looks, before, text.signs if branch.may_follow_signs else 0):
                        if any(text.ends_with(each, begin, found) for each in branch.ended):
                            return True
                        growing.append((found, branch.further))
                    read += 1
                    if len(kinds) > _LONG and read % _BRANCHES_AT_ONCE == 0:
                        yield
        return False

    def _letters(self, word: Word, spelling: str) -> tuple[_Letter, ...]:
        is_long = len(spelling) - spelling.count(BLANK) >= _SHORTEST_SPELLED
        letters: list[_Letter] = []
        for place, character in enumerate(spelling):
            looks = self._alphabet.looks(letters_fitting(character) if word.has_letters else frozenset(character))
            beside = spelling[max(place - 1, 0) : place + 1]
            letters.append(_Letter(is_long and place > 0 and BLANK not in beside, looks))
        return tuple(letters)


class _Alphabet:
    """Tells which characters have the same effect: they are of one kind. Each page of kinds has the same traits."""

    def __init__(self) -> None:
        self._looks: dict[frozenset[str], int] = {}
        self._looks_with: dict[str, set[int]] = defaultdict(set)  # by letter
        self._kinds: dict[tuple[_Traits, frozenset[int]], str] = {}
        self._last_kinds: dict[_Traits, int] = {}
        self._table = Table(self._kind)
        self.pages: list[_Traits] = []
        self.kinds_looking: dict[int, list[int]] = defaultdict(list)  # by the number of a set of letters

    def looks(self, letters: frozenset[str]) -> int:
        """Return the number of a set of letters, which is a new one for a new set."""
        number = self._looks.setdefault(letters, len(self._looks))
        for letter in letters:
            self._looks_with[letter].add(number)
        return number

    def kinds(self, text: str) -> str:
        """Return a text with a character for the kind of each of its characters."""
        return text.translate(self._table)

    def _kind(self, character: str) -> str:
        if character == _EDGE:
            return self._kind_with(_Traits())
        if is_plain_letter(character) and character.casefold() not in self._looks_with:
            return self._kind_with(_UNWANTED_LETTER)
        symbol = symbol_of(character)
        letters = symbol.letters | {BLANK} if character == SIGN else symbol.letters
        looks = frozenset[int]().union(*(self._looks_with[each] for each in letters if each in self._looks_with))
        return self._kind_with(_Traits(*symbol[1:], is_gap=character in {SIGN, BLANK}), looks)

    def _kind_with(self, traits: _Traits, looks: frozenset[int] = _NO_LOOKS) -> str:
        if (traits, looks) not in self._kinds:
            self._kinds[traits, looks] = chr(self._new_kind(traits, looks))
        return self._kinds[traits, looks]

    def _new_kind(self, traits: _Traits, looks: Iterable[int]) -> int:
        kind = self._last_kinds.get(traits, -1) + 1
        if kind % _PAGE == 0:
            kind = len(self.pages) * _PAGE
            self.pages.append(traits)
        self._last_kinds[traits] = kind
        for each in looks:
            self.kinds_looking[each].append(kind)
        return kind


class _Text:
    """A text, as numbers with a bit for each of its characters."""

    def __init__(self, kinds: str, alphabet: _Alphabet) -> None:
        self._kinds_looking = alphabet.kinds_looking
        self.everywhere = (1 << len(kinds)) - 1
        planes = _planes(kinds, _PLACE_BITS + (len(alphabet.pages) - 1).bit_length())
        self._by_place = _split(self.everywhere, planes[:_PLACE_BITS])
        self._by_page = _split(self.everywhere, planes[_PLACE_BITS:])
        letters, signs, in_word, marks, gaps = (
            _joined(places for traits, places in zip(alphabet.pages, self._by_page, strict=False) if traits[number])
            for number in range(len(_Traits._fields))
        )
        self.signs = signs | self._gaps_in_spelling(signs, in_word, in_word ^ marks, gaps)
        self.outside = self.everywhere ^ in_word
        self._ends = self.outside >> 1
        self._ends_anywhere = (self.everywhere ^ marks) >> 1
        self._letters = letters
        self._behind_letters = [self._with_gaps(letters)]
        self._fitting: dict[int, int] = {}

    def _gaps_in_spelling(self, signs: int, in_word: int, letters: int, gaps: int) -> int:
        """Return the gaps between at least three characters that stand alone: blanks mean as little there as signs."""
        characters = (in_word | signs) & ~gaps
        first = characters & gaps >> 1 & characters >> 2
        alone = first & ~(letters << 1) & ~(letters >> 3)  # as is the one behind the gap
        return (alone & (alone << 2 | alone >> 2)) << 1

    def read(self, looks: Iterable[int], before: int, signs: int) -> int:
        """Return where these letters end that follow the places `before`, perhaps behind signs; 0 if nowhere."""
        fitting = self._fitting
        for each in looks:
            try:
                fits = fitting[each]
            except KeyError:
                fits = fitting[each] = _joined(map(self._places_of, self._kinds_looking[each]))
            # The sum carries each place to the one behind it, and on through signs.
            passed = before | signs
            before = (before + passed ^ passed ^ before) & fits
            if not before:
                break
        return before

    def ends_with(self, spelling: _Spelling, begin: int, found: int) -> bool:
        """Return True if a word ends at one of the places where its last letter was found."""
        ends = found & (self._ends_anywhere if spelling.word.ends_anywhere else self._ends)
        if not spelling.word.has_letters or not ends:
            return bool(ends)
        return bool(ends & self._behind_a_letter(len(spelling.letters)) and ends & self._with_a_letter(spelling, begin))

    def _behind_a_letter(self, length: int) -> int:
        """Return where `length` characters may end that hold a letter typed as one; signs and blanks do not count."""
        while len(self._behind_letters) < length:
            last = self._behind_letters[-1]
            self._behind_letters.append(self._with_gaps(last | last << 1))
        return self._behind_letters[length - 1]

    def _with_gaps(self, places: int) -> int:
        passed = places | self.outside
        return places | (places + passed ^ passed ^ places) & self.outside

    def _with_a_letter(self, spelling: _Spelling, before: int) -> int:
        """Read as `read` does. Returns where a word ends that holds a letter which was typed as one."""
        counted = 0
        for letter in spelling.letters:
            signs = self.signs if letter.may_follow_signs else 0
            passed, counted_passed = before | signs, counted | signs
            arrived = before + passed ^ passed ^ before
            before = arrived & self._fitting[letter.looks]
            counted = (counted + counted_passed ^ counted_passed ^ counted) & before | before & self._letters
        return counted

    def _places_of(self, kind: int) -> int:
        page, place = divmod(kind, _PAGE)
        return self._by_page[page] & self._by_place[place]


def _branches(spellings: Iterable[_Spelling], start: int = 0) -> Sequence[_Branch]:
    """Join what sorted spellings have in common behind their first `start` letters."""
    longer = (each for each in spellings if len(each.letters) > start)
    return [_branch(list(alike), start) for _, alike in groupby(longer, key=lambda each: each.letters[start])]


def _branch(spellings: Sequence[_Spelling], start: int) -> _Branch:
    """Return the branch of spellings that have the letter at `start` in common."""
    first, last = (each.letters[start:] for each in (spellings[0], spellings[-1]))
    signs = first[0].may_follow_signs
    common = list(
        takewhile(lambda pair: pair[0] == pair[1] and pair[0].may_follow_signs is signs, zip(first, last, strict=False))
    )
    end = start + len(common)
    return _Branch(
        may_follow_signs=signs,
        looks=[letter.looks for letter, _ in common],
        ended=[each for each in spellings if len(each.letters) == end],
        further=_branches(spellings, end),
    )


_ONES = [bytes(ord("1") if code >> bit & 1 else ord("0") for code in range(256)) for bit in range(8)]


def _planes(kinds: str, bits: int) -> list[int]:
    """Return for each bit of a kind's number, the lowest first, a number with a bit for each place in the text."""
    codes = kinds[::-1].encode("utf-16-le")  # the first place is the lowest bit
    octets = (codes[::2], codes[1::2])
    return [int(octets[bit // 8].translate(_ONES[bit % 8]), 2) for bit in range(bits)]


def _split(everywhere: int, planes: Sequence[int]) -> Sequence[int]:
    """Return the places of each code that these bits can make, in the order of the codes."""
    places = [everywhere]
    for plane in reversed(planes):
        ones = [each & plane for each in places]
        places = [half for each, second in zip(places, ones, strict=True) for half in (each ^ second, second)]
    return places


def _joined(places: Iterable[int]) -> int:
    joined = 0
    for each in places:
        joined |= each
    return joined
