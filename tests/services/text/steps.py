"""Counts the work that a function does on a text, the same on every machine: a test of growth without a clock.

It counts the lines of Python that run in `bot` and `cogs`, and the steps of a backtracking search for the patterns of
a module. The functions of `str` and `unicodedata` take one pass, so they are not counted.
"""

import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any, cast

# The pattern as Python itself parses it.
op: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

Continue = Callable[[int], int | None]
Matcher = Callable[[str, int, Continue], int | None]


class Steps:
    def __init__(self) -> None:
        self.count = 0


_STEPS = Steps()


def steps_of(work: Callable[[], object], *modules: ModuleType) -> int:
    """Return how many steps the work takes. Only the patterns of these modules are counted."""
    _STEPS.count = 0
    with _counting_patterns(modules), _counting_lines():
        work()
    return _STEPS.count


@contextmanager
def counting() -> Generator[Steps]:
    """Count the lines that run inside the block, in this thread, also in what it awaits."""
    _STEPS.count = 0
    with _counting_lines():
        yield _STEPS


@contextmanager
def _counting_lines() -> Generator[None]:
    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_globals.get("__name__", "").startswith(("bot.", "cogs.")):
            return None
        _STEPS.count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def _counting_patterns(modules: tuple[ModuleType, ...]) -> Generator[None]:
    found = [(module, *pattern) for module in modules for pattern in _patterns_of(module)]
    for module, name, _, counting in found:
        setattr(module, name, counting)
    try:
        yield
    finally:
        for module, name, pattern, _ in found:
            setattr(module, name, pattern)


@cache
def _patterns_of(module: ModuleType) -> list[tuple[str, Any, Any]]:
    """Return a module's patterns and tuples of patterns: the name, the value, and what counts in its place."""
    found: list[tuple[str, Any, Any]] = []
    members: dict[str, Any] = vars(module)
    for name, value in members.items():
        if isinstance(value, re.Pattern):
            pattern = cast("re.Pattern[str]", value)
            found.append((name, pattern, CountingPattern(pattern, _STEPS)))
        elif isinstance(value, tuple) and value and all(isinstance(each, re.Pattern) for each in cast(Any, value)):
            patterns = cast("tuple[re.Pattern[str], ...]", value)
            found.append((name, patterns, tuple(CountingPattern(each, _STEPS) for each in patterns)))
    return found


class CountingPattern:
    """A compiled pattern that answers as `re` does, and counts the steps of a backtracking search."""

    def __init__(self, pattern: re.Pattern[str], steps: Steps) -> None:
        self._pattern = pattern
        self._steps = steps
        self._match = _Compiler(pattern.flags, steps).sequence(list(parser.parse(pattern.pattern, pattern.flags)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pattern, name)

    def search(self, text: str) -> re.Match[str] | None:
        found = self._pattern.search(text)
        with _uncounted():
            assert next(self._spans(text), None) == (found and found.span()), self._pattern
        return found

    def match(self, text: str) -> re.Match[str] | None:
        with _uncounted():
            self._match(text, 0, _stay)
        return self._pattern.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        with _uncounted():
            self._match(text, 0, lambda end: end if end == len(text) else None)
        return self._pattern.fullmatch(text)

    def sub(self, replacement: Any, text: str, count: int = 0) -> str:
        self._check(text)
        return self._pattern.sub(replacement, text, count=count)

    def findall(self, text: str) -> list[Any]:
        self._check(text)
        return self._pattern.findall(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        self._check(text)
        return self._pattern.finditer(text)

    def split(self, text: str, maxsplit: int = 0) -> list[str | Any]:
        self._check(text)
        return self._pattern.split(text, maxsplit)

    def _check(self, text: str) -> None:
        """Count the search, and make sure that its result is that of `re`."""
        with _uncounted():
            assert list(self._spans(text)) == [match.span() for match in self._pattern.finditer(text)], self._pattern

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        start = 0
        while start <= len(text):
            end = self._match(text, start, _stay)
            if end is not None:
                yield start, end
            start = start + 1 if end is None or end == start else end


@contextmanager
def _uncounted() -> Generator[None]:
    """Allow deep recursion, and do not count the lines of this module."""
    trace, depth = sys.gettrace(), sys.getrecursionlimit()
    sys.settrace(None)
    sys.setrecursionlimit(100_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        sys.settrace(trace)


def _stay(end: int) -> int:
    return end


class _Compiler:
    """Makes functions of a parsed pattern. Each takes the position to begin at and the matcher for what follows."""

    def __init__(self, flags: int, steps: Steps) -> None:
        self._ignores_case = bool(flags & re.IGNORECASE)
        self._dot_is_all = bool(flags & re.DOTALL)
        self._multiline = bool(flags & re.MULTILINE)
        self._steps = steps

    def sequence(self, nodes: list[Any]) -> Matcher:
        matchers = [self._node(*node) for node in nodes]

        def match(text: str, start: int, then: Continue, place: int = 0) -> int | None:
            if place == len(matchers):
                return then(start)
            return matchers[place](text, start, lambda end: match(text, end, then, place + 1))

        return match

    def _node(self, kind: Any, value: Any) -> Matcher:
        if (fits := self._character(kind, value)) is not None:
            return self._one(fits)
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            return self._repeat(kind, *value)
        if kind is op.BRANCH:
            return self._branch([self.sequence(list(each)) for each in value[1]])
        if kind is op.SUBPATTERN:
            return self.sequence(list(value[3]))
        if kind is op.ATOMIC_GROUP:
            return _atomic(self.sequence(list(value)))
        if kind in {op.ASSERT, op.ASSERT_NOT}:
            return self._look(list(value[1]), behind=value[0] < 0, wanted=kind is op.ASSERT)
        assert kind is op.AT, kind
        return self._at(value)

    def _one(self, fits: Callable[[str], bool]) -> Matcher:
        def match(text: str, start: int, then: Continue) -> int | None:
            self._steps.count += 1
            return then(start + 1) if start < len(text) and fits(text[start]) else None

        return match

    def _character(self, kind: Any, value: Any) -> Callable[[str], bool] | None:
        """Return a test for the character that a one-character node matches; None for other nodes."""
        fits = self._fits(kind, value)
        return fits and cache(fits)

    def _fits(self, kind: Any, value: Any) -> Callable[[str], bool] | None:
        if kind is op.LITERAL:
            return lambda character: self._same(character, chr(value))
        if kind is op.NOT_LITERAL:
            return lambda character: not self._same(character, chr(value))
        if kind is op.ANY:
            return lambda character: self._dot_is_all or character != "\n"
        if kind is op.IN:
            negated = value[0][0] is op.NEGATE
            members = [self._member(*each) for each in value[negated:]]
            return lambda character: any(member(character) for member in members) != negated
        return None

    def _same(self, one: str, other: str) -> bool:
        return one == other or (self._ignores_case and one.lower() == other.lower())

    def _member(self, kind: Any, value: Any) -> Callable[[str], bool]:
        if kind is op.LITERAL:
            return lambda character: self._same(character, chr(value))
        if kind is op.RANGE:
            low, high = value
            cases: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper) if self._ignores_case else (str,)
            return lambda character: any(low <= ord(case(character)[0]) <= high for case in cases)
        letter = {
            op.CATEGORY_WORD: r"\w",
            op.CATEGORY_NOT_WORD: r"\W",
            op.CATEGORY_SPACE: r"\s",
            op.CATEGORY_NOT_SPACE: r"\S",
            op.CATEGORY_DIGIT: r"\d",
            op.CATEGORY_NOT_DIGIT: r"\D",
        }[value]
        pattern = re.compile(letter)
        return lambda character: bool(pattern.match(character))

    def _branch(self, ways: list[Matcher]) -> Matcher:
        def match(text: str, start: int, then: Continue) -> int | None:
            for way in ways:
                self._steps.count += 1
                if (end := way(text, start, then)) is not None:
                    return end
            return None

        return match

    def _look(self, nodes: list[Any], *, behind: bool, wanted: bool) -> Matcher:
        inner = self.sequence(nodes)
        width = sum(_width(*node) for node in nodes) if behind else 0

        def match(text: str, start: int, then: Continue) -> int | None:
            self._steps.count += 1
            found = start >= width and inner(text, start - width, _stay) is not None
            return then(start) if found == wanted else None

        return match

    def _at(self, where: Any) -> Matcher:
        word = re.compile(r"\w")

        def holds(text: str, place: int) -> bool:
            if where is op.AT_BEGINNING:
                return place == 0 or (self._multiline and text[place - 1] == "\n")
            if where is op.AT_END:
                return place == len(text) or text[place:] == "\n" or (self._multiline and text[place] == "\n")
            assert where is op.AT_BOUNDARY, where
            before, after = text[max(place - 1, 0) : place], text[place : place + 1]
            return bool(word.match(before)) != bool(word.match(after))

        def match(text: str, start: int, then: Continue) -> int | None:
            self._steps.count += 1
            return then(start) if holds(text, start) else None

        return match

    def _repeat(self, kind: Any, least: int, most: Any, nodes: Any) -> Matcher:
        nodes = list(nodes)
        fits = self._character(*nodes[0]) if len(nodes) == 1 else None
        if fits is not None:
            return self._repeat_one(kind, least, most, fits)
        assert kind is not op.MIN_REPEAT, "no pattern needs it"
        item = self.sequence(nodes)

        def match(text: str, start: int, then: Continue, count: int = 0, before: int = -1) -> int | None:
            self._steps.count += 1
            if count < most and start != before:
                end = item(text, start, lambda end: match(text, end, then, count + 1, start))
                if end is not None:
                    return end
            return then(start) if count >= least else None

        return _atomic(match) if kind is op.POSSESSIVE_REPEAT else match

    def _repeat_one(self, kind: Any, least: int, most: Any, fits: Callable[[str], bool]) -> Matcher:
        def longest(text: str, start: int) -> int:
            end = start
            while end < len(text) and end - start < most and fits(text[end]):
                self._steps.count += 1
                end += 1
            return end

        def greedy(text: str, start: int, then: Continue) -> int | None:
            for end in range(longest(text, start), start + least - 1, -1):
                self._steps.count += 1
                if (found := then(end)) is not None:
                    return found
            return None

        def possessive(text: str, start: int, then: Continue) -> int | None:
            end = longest(text, start)
            return then(end) if end - start >= least else None

        def lazy(text: str, start: int, then: Continue) -> int | None:
            end = start
            while True:
                self._steps.count += 1
                if end - start >= least and (found := then(end)) is not None:
                    return found
                if end == len(text) or end - start >= most or not fits(text[end]):
                    return None
                end += 1

        return {op.MAX_REPEAT: greedy, op.MIN_REPEAT: lazy, op.POSSESSIVE_REPEAT: possessive}[kind]


def _atomic(inner: Matcher) -> Matcher:
    """Make a matcher atomic: it gives nothing back of what it has matched."""

    def match(text: str, start: int, then: Continue) -> int | None:
        end = inner(text, start, _stay)
        return None if end is None else then(end)

    return match


def _width(kind: Any, value: Any) -> int:
    """Return how many characters a node in a lookbehind takes, where all nodes have a fixed length."""
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT}:
        return value[0] * sum(_width(*node) for node in value[2])
    return 1
