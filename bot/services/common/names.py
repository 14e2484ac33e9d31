"""Checks what a voice may be called, and compares names."""

import re
import unicodedata

from bot.errors import UserError

LONGEST_NAME = 40

# Controls, lone surrogates, line and paragraph breaks, formats: zero width, reading direction.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp", "Cf"})
_JOINERS = frozenset("\u200c\u200d")  # formats that scripts and emoji need
# A joiner at an end, doubled or beside an ASCII character joins nothing. It would only make another name that looks
# the same.
_IDLE_JOINER = re.compile("(?:^|[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?:[\x00-\x7f\u200c\u200d]|$)")
# A black flag and the code of a region in invisible letters, such as "gbsct", with their end mark.
_REGION_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# What browsers, Discord or people take for an address. Any two letters may be a country's ending, but “Dr.No” is a
# person, and “Vol.II” has a number. The last endings are those of other scripts.
_ADDRESS = re.compile(
    r"://"
    r"|\bwww\."
    r"|\bxn--"
    r"|\w\.\w{2,}/"
    r"|\w@[\w-]+\.\w"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"
    r"|\w\w(?<!\b[dhjs]r)(?<!\bst)(?<!\bm[rs])(?<!\bmrs)(?<!\bprof)\.(?![ix][ivx]\b)[a-z]{2}\b(?!\.\w)"
    r"|\w\.(?:com|net|org|info|biz|gg|gifts?|io|co|me|ai|app|dev|xyz|link|site|online|shop|click|store|live|page|pro|vip"
    r"|club|cloud|top|zip|win|icu|bid|today|zone|chat|support|help|claims|money|cash|games|website|tech|space|fun|lol"
    r"|tk|tv|cc|ly|ws|eu|us|su|cn|ru|uk|de"
    r"|рф|рус|укр|бел|қаз|срб|мкд|ком|орг|сайт|онлайн|中国|中國|公司|网络|网址|商店|在线|香港|台湾|台灣|みんな|한국|닷컴|भारत)\b",
    re.IGNORECASE,
)
_FULL_STOPS = {0x3002: "."}  # the one that browsers take for a dot, too
_CYRILLIC = str.maketrans(
    "асеорхуіѕԁɡмтнк", "aceopxyisdgmthk"
)  # small letters whose capitals look like Latin ones, too
# They choose how the character before them looks, and often change nothing that can be seen.
VARIATION_SELECTORS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
_WITHOUT_SELECTORS = str.maketrans("", "", "".join(VARIATION_SELECTORS))
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


class UnusableName(UserError):
    """A name that is empty, too long, an address, or holds characters that cannot be seen."""


def clean_name(typed: str) -> str:
    """Return the name as it is stored: in NFC, without blanks around it. Raises UnusableName."""
    name = unicodedata.normalize("NFC", typed).strip()
    if any(map(_is_unseen, _REGION_FLAG.sub("", name))) or _IDLE_JOINER.search(name):
        raise UnusableName("A voice's name can't hold invisible characters. Type it again with letters and digits.")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise UnusableName(f"A voice needs a name that can be seen. Give it one of 1 to {LONGEST_NAME} characters.")
    if len(name) > LONGEST_NAME:
        raise UnusableName(f"A voice's name has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    if _holds_address(name):
        raise UnusableName(
            "A voice's name can't look like a web or mail address. Type it again without one, and with a blank behind "
            "each full stop."
        )
    return name


def _holds_address(name: str) -> bool:
    decomposed = unicodedata.normalize("NFKD", name).translate(_FULL_STOPS)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    plain = unicodedata.normalize("NFKC", bare).casefold()
    return any(map(_ADDRESS.search, (plain, plain.translate(_CYRILLIC))))


def name_key(name: str) -> str:
    """Return the form in which names are compared: alike for all that differ in capitals or in what nobody can see."""
    visible = " ".join(name.translate(_WITHOUT_SELECTORS).split())
    return unicodedata.normalize("NFC", visible).casefold()


def _is_unseen(character: str) -> bool:
    """Return True if a character cannot be seen, so that two names with and without it would look alike."""
    if character in _JOINERS:
        return False
    return character in BLANK_LETTERS or unicodedata.category(character) in _UNSEEN_CATEGORIES


def file_name(voice_name: str) -> str:
    """Return a file name made of the voice's ASCII letters and digits; `voice.mp3` if it has none."""
    letters = unicodedata.normalize("NFKD", voice_name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")
    return f"{stem or 'voice'}.mp3"
