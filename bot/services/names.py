"""What a voice may be called."""

import unicodedata

from bot.errors import UserError

LONGEST_NAME = 40

# Marks that turn the reading direction could make one name look like another.
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, lone surrogates, line and paragraph breaks


class UnusableName(UserError):
    """A name that is empty, too long or holds characters that cannot be seen."""


def clean_name(typed: str) -> str:
    """The name as it is kept: NFC, without blanks around it. Raises UnusableName."""
    name = unicodedata.normalize("NFC", typed).strip()
    if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in name) or (
        _DIRECTION_MARKS.intersection(name)
    ):
        raise UnusableName("A voice's name can't hold control characters. Type it again with letters and digits.")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise UnusableName("A voice needs a name that can be seen. Give it one of 1 to 40 characters.")
    if len(name) > LONGEST_NAME:
        raise UnusableName(f"A voice's name has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    return name
