"""Which characters of a typed text reach a voice."""

import re
import unicodedata

# Nobody says a smile, and what an engine makes of an emoji is its own affair; the text beside the sound shows it.
_PICTURES = re.compile("[\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
# Blank letters, joiners, variation selectors, the box of a keycap: nothing to see, and nothing to say.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u20e3\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Letters in another dress, which no engine knows: "𝓗𝓮𝓵𝓵𝓸".
_DRESSED_UP = re.compile("[\U0001d400-\U0001d7ff]+")
# Controls, formats (zero width, reading direction), lone surrogates, private use, unassigned.
_UNSPOKEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARK_CATEGORIES = frozenset({"Mn", "Me"})
_HIGHEST_PILE = 4  # marks on one letter; Hebrew and Tibetan need three, a prank needs dozens
_SAID_BY_THEMSELVES = frozenset("%&+=@$€£¥°§")


def clean_characters(text: str) -> str:
    """The text in NFC, with blanks instead of pictures, and without what can be neither seen nor said.

    Whitespace stays as it is, whatever kind it is.
    """
    text = _PICTURES.sub(" ", _INVISIBLE.sub("", text))
    text = _DRESSED_UP.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = "".join(
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _UNSPOKEN_CATEGORIES
    )
    return _without_piles(unicodedata.normalize("NFC", text))


def can_be_said(text: str) -> bool:
    """Whether there is a letter, a digit or a sign that has a name of its own when read aloud."""
    return any(character.isalnum() or character in _SAID_BY_THEMSELVES for character in text)


def bare_name(name: str) -> str:
    """A name as it is said: letters, digits and a few signs that mean nothing to Discord or to Fish Audio."""
    letters = (
        character if character in ".,'’&+-" or unicodedata.category(character)[0] in "LMN" else " "
        for character in clean_characters(name)
    )
    bare = " ".join("".join(letters).split())
    return bare if can_be_said(bare) else ""


def _without_piles(text: str) -> str:
    """Combining marks that pile up over a letter ("Zalgo") cut down to a height that some language uses."""
    kept: list[str] = []
    height = 0
    for character in text:
        height = height + 1 if unicodedata.category(character) in _MARK_CATEGORIES else 0
        if height <= _HIGHEST_PILE:
            kept.append(character)
    return "".join(kept)
