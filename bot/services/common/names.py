"""What a voice may be called."""

import re
import unicodedata

from bot.errors import UserError

LONGEST_NAME = 40

# Controls, lone surrogates, line and paragraph breaks, formats: zero width, reading direction.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp", "Cf"})
_JOINERS = frozenset("\u200c\u200d")  # formats that scripts and emoji need
# One at an end, doubled or beside a plain letter joins nothing, and would only make a second name that looks the same.
_IDLE_JOINER = re.compile("(?:^|[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?:[\x00-\x7f\u200c\u200d]|$)")
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


class UnusableName(UserError):
    """A name that is empty, too long or holds characters that cannot be seen."""


def clean_name(typed: str) -> str:
    """The name as it is kept: NFC, without blanks around it. Raises UnusableName."""
    name = unicodedata.normalize("NFC", typed).strip()
    if any(_is_unseen(character) for character in name) or _IDLE_JOINER.search(name):
        raise UnusableName("A voice's name can't hold invisible characters. Type it again with letters and digits.")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise UnusableName("A voice needs a name that can be seen. Give it one of 1 to 40 characters.")
    if len(name) > LONGEST_NAME:
        raise UnusableName(f"A voice's name has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    return name


def _is_unseen(character: str) -> bool:
    """Whether two names could look alike because of it."""
    if character in _JOINERS:
        return False
    return character in BLANK_LETTERS or unicodedata.category(character) in _UNSEEN_CATEGORIES
