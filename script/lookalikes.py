"""Write bot/services/text/lookalikes.py anew from Unicode's list of characters that look alike.

Usage: python3 script/lookalikes.py confusables.txt > bot/services/text/lookalikes.py
The list is published with each version of Unicode, in security/<version>/confusables.txt.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

HEADER = '''\
"""Characters that look like Latin letters, from Unicode's confusables.txt (UTS #39).

Written by script/lookalikes.py: run that with a newer list instead of editing this.
The list is © Unicode, Inc., used under https://www.unicode.org/license.txt.
"""

UNICODE_VERSION = "{version}"

# By the letter: each single character that looks like it, in small or as a capital, with or without marks.
LOOKALIKES = {{
{singles}
}}

# Latin letters that look like two or three.
LIGATURES = {{
{ligatures}
}}
'''
_ROW = re.compile(r"([0-9A-F]{4,6}) ;\t([0-9A-F ]+) ;\tMA\t#\*? \(.*?\) ([A-Z].*?) → ")
_LIKE_AN_L = "il"  # Unicode counts I, l and 1 as one shape, and calls it l
_MOST_LETTERS = 3


def module_from(listing: str) -> str:
    """Return the text of the module, made from the text of a confusables.txt."""
    version = re.search(r"^# Version: ([0-9.]+)$", listing, re.MULTILINE)
    if version is None:
        sys.exit("That is no confusables.txt: it names no version.")
    singles: dict[str, list[str]] = defaultdict(list)
    ligatures: dict[str, str] = {}
    for source, target, name in _ROW.findall(listing):
        character = chr(int(source, 16))
        letters = _plain_letters("".join(chr(int(code, 16)) for code in target.split()))
        if character.isascii() or not letters.isascii() or not letters.isalpha():
            continue
        if len(letters) == 1:
            for letter in _LIKE_AN_L if letters == "l" else letters.casefold():
                singles[letter].append(character)
        elif len(letters) <= _MOST_LETTERS and name.startswith("LATIN "):
            ligatures[character] = letters.casefold()
    return HEADER.format(
        version=version[1],
        singles="\n".join(_entry(letter, sorted(singles[letter])) for letter in sorted(singles)),
        ligatures="\n".join(f"    {ascii_text(each)}: {ascii_text(ligatures[each])}," for each in sorted(ligatures)),
    )


def _plain_letters(target: str) -> str:
    """Return the letters without marks; Unicode writes an m as the two letters that look like it."""
    letters = (c for c in unicodedata.normalize("NFD", target) if not unicodedata.category(c).startswith("M"))
    return "".join(letters).replace("rn", "m")


def _entry(letter: str, characters: list[str]) -> str:
    rows = [characters[start : start + 10] for start in range(0, len(characters), 10)]
    lines = "\n".join(f"        {ascii_text(''.join(row))}" for row in rows)
    return f'    "{letter}": (\n{lines}\n    ),'


def ascii_text(text: str) -> str:
    """Return a string literal in ASCII."""
    return '"' + ascii(text)[1:-1] + '"'


if __name__ == "__main__":
    sys.stdout.write(module_from(Path(sys.argv[1]).read_text(encoding="utf-8-sig")))
