"""What names look like, so that names which the eye cannot tell apart count as the same."""

from collections import defaultdict

from bot.services.common.names import name_key
from bot.services.text.lookalikes import LOOKALIKES


def _tables() -> list[dict[int, str]]:
    """Return tables for `str.translate`. They differ if a character looks like several letters, such as i and l."""
    letters: dict[int, list[str]] = defaultdict(list)
    for letter, characters in LOOKALIKES.items():
        for character in characters:
            letters[ord(character)].append(letter)
    return [{code: found[place] for code, found in letters.items()} for place in (0, -1)]


_TABLES = _tables()


def looks_of(name: str) -> frozenset[str]:
    """Return forms of a name. Names that share one are written alike, or look so: a Cyrillic а is a Latin a."""
    if name.isascii():
        return frozenset({name_key(name)})
    return frozenset({name_key(name), *(name_key(name.translate(table)) for table in _TABLES)})
