"""Looks for many words at once, in a time that depends on the length of the text alone."""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from bot.services.text.canonical import BLANK, SIGN, letters_fitting, symbol_of
from bot.services.text.tables import Table

_SHORTEST_SPELLED = 3  # letters: two of them may well stand beside each other
_PART = 500  # characters, between which the event loop may turn: the hardest take about half a millisecond
_MOST_STATES = 100  # of a matcher, whose numbers take up to a kilobyte each and some time to compare


@dataclass(frozen=True, slots=True)
class Word:
    """A forbidden word, or several with blanks between them, in canonical form."""

    spellings: tuple[str, ...]
    has_letters: bool  # then a number alone, such as 455, is not meant
    begins_anywhere: bool
    ends_anywhere: bool


class _Step(NamedTuple):
    """What a character of the text does. Of two sets, the first is for outside a word, the second for inside one."""

    fits: int  # the places where it may stand
    starts: tuple[int, int]  # those of them at which a word begins
    counted_starts: tuple[int, int]
    ends: int  # the last places of the words that may end in front of it
    is_letter: bool
    is_sign: bool
    is_in_word: bool


class _State(dict[str, "_State"]):
    """What has been read of all words so far. As a dict, it holds the state that follows for each next character."""

    __slots__ = ("alive", "counted", "is_in_word", "work_out")

    def __init__(self, work_out: "Callable[[_State, str], _State]", alive: int, counted: int, is_in_word: bool) -> None:
        super().__init__()
        self.work_out = work_out
        self.alive = alive  # the places up to which words have been read
        self.counted = counted  # those of them with a letter that was typed as one, or whose word has none
        self.is_in_word = is_in_word

    def __missing__(self, character: str) -> "_State":
        return self.work_out(self, character)

    def stay(self, character: str) -> "_State":
        self[character] = self
        return self


class _NoRoom(Exception):
    """As many states are remembered as may be; `state` is what the next one would hold."""

    def __init__(self, state: tuple[int, int, bool]) -> None:
        self.state = state


class Matcher:
    """Looks for many words at once. Each place of each word is a bit of one number.

    A bit is set while the text read so far ends with its word up to that place; so a character of the text costs the
    same few operations on numbers, whatever was read before. This is the algorithm Shift-And, by Baeza-Yates and
    Gonnet (1992), which takes sets of letters as easily as letters. What was worked out is remembered, up to a bound.
    """

    def __init__(self, words: Iterable[Word]) -> None:
        self._places: dict[str, int] = defaultdict(int)  # by letter: where it fits
        self._starts = self._starts_anywhere = self._starts_of_numbers = 0
        self._ends = self._ends_anywhere = 0
        self._inner = 0  # behind these places a sign may stand that means nothing
        first = 0
        for word in words:
            for spelling in word.spellings:
                self._add(word, spelling, first)
                first += len(spelling) + 1  # one bit stays free, so that no word runs on into the next
        self._alphabet = Table(self._like)
        self._first_of_its_kind: dict[_Step, str] = {}
        self._steps: dict[str, _Step] = {}
        self._states: dict[tuple[int, int, bool], _State] = {}
        self._found = _State(_State.stay, 0, 0, False)
        self._begin = _State(self._after, 0, 0, False)

    def search(self, text: str) -> Generator[None, None, bool]:
        """Return True if one of the words stands in a canonical text. Yields between parts of the work."""
        if len(self._states) >= _MOST_STATES:
            self._states.clear()
            self._begin.clear()
        state = self._begin
        characters = iter(f"{text}{BLANK}".translate(self._alphabet))
        try:
            for character in characters:
                state = state[character]
        except _NoRoom as full:
            return (yield from self._search_rest(characters, *full.state))
        return state is self._found

    def _search_rest(
        self, characters: Iterator[str], alive: int, counted: int, is_in_word: bool
    ) -> Generator[None, None, bool]:
        """Go on as `_moved` does, and remember nothing. Numbers have thousands of bits, so each operation counts."""
        inner = self._inner
        steps = map(self._steps.__getitem__, characters)
        while part := list(islice(steps, _PART)):
            yield
            for fits, starts, counted_starts, ends, is_letter, is_sign, in_word in part:
                if ends and counted & ends:
                    return True
                is_same = counted is alive  # as long as every word that has begun has a letter
                stays = alive & inner if is_sign else 0
                counted_stays = stays if is_same or not stays else counted & inner
                alive = alive << 1 & fits
                if begun := starts[is_in_word]:
                    alive |= begun
                follows = is_letter or (is_same and not begun)
                counted = alive if follows else counted << 1 & fits | counted_starts[is_in_word]
                if counted is alive and counted_stays is stays:
                    counted = alive = alive | stays
                else:
                    alive |= stays
                    counted |= counted_stays
                is_in_word = in_word
        return False

    def _add(self, word: Word, spelling: str, first: int) -> None:
        places: dict[str, int] = defaultdict(int)
        for place, character in enumerate(spelling):
            places[character] |= 1 << place
        for character, bits in places.items():
            for letter in letters_fitting(character) if word.has_letters else character:
                self._places[letter] |= bits << first
        start, end = 1 << first, 1 << first + len(spelling) - 1
        self._starts |= start
        self._ends |= end
        if word.begins_anywhere:
            self._starts_anywhere |= start
        if word.ends_anywhere:
            self._ends_anywhere |= end
        if not word.has_letters:
            self._starts_of_numbers |= start
        blanks = places[BLANK] << first
        if len(spelling) - blanks.bit_count() >= _SHORTEST_SPELLED:
            self._inner |= (end - start) & ~blanks & ~(blanks >> 1)

    def _like(self, character: str) -> str:
        """Return the first character met that has the same effect as this one."""
        symbol = symbol_of(character)
        fits = 0
        for letter in symbol.letters | {BLANK} if character == SIGN else symbol.letters:
            fits |= self._places.get(letter, 0)
        starts = (self._starts & fits, self._starts_anywhere & fits)
        numbers = self._starts_of_numbers
        step = _Step(
            fits=fits,
            starts=starts,
            counted_starts=starts if symbol.is_letter else (starts[0] & numbers, starts[1] & numbers),
            ends=0 if symbol.is_mark else self._ends_anywhere if symbol.is_in_word else self._ends,
            is_letter=symbol.is_letter,
            is_sign=symbol.is_sign,
            is_in_word=symbol.is_in_word,
        )
        first = self._first_of_its_kind.setdefault(step, character)
        self._steps[first] = step
        return first

    def _after(self, state: _State, character: str) -> _State:
        """Work out the state that follows, and remember it while there is room."""
        moved = self._moved(state, self._steps[character])
        if moved is None:
            return self._found
        following = self._states.get(moved)
        if following is None:
            if len(self._states) >= _MOST_STATES:
                raise _NoRoom(moved)
            following = self._states[moved] = _State(self._after, *moved)
        state[character] = following
        return following

    def _moved(self, state: _State, step: _Step) -> tuple[int, int, bool] | None:
        """Read one more character. Returns what the next state holds, or None if a word ended in front of it."""
        if state.counted & step.ends:
            return None
        alive = step.starts[state.is_in_word] | (state.alive << 1 & step.fits)
        counted = alive if step.is_letter else step.counted_starts[state.is_in_word] | (state.counted << 1 & step.fits)
        if step.is_sign:
            alive |= state.alive & self._inner
            counted |= state.counted & self._inner
        return alive, counted, step.is_in_word
