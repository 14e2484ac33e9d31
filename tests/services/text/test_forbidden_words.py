"""Forbidden words are found in whatever letters they are typed, and other words are allowed."""

import random
import re
import subprocess
import sys
from pathlib import Path
from unicodedata import normalize

import pytest

from bot.services.text.forbidden_words import can_be_found, holds_forbidden
from bot.services.text.lookalikes import LOOKALIKES, UNICODE_VERSION


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("We FAIL.", "fail"),
        ("straße", "STRASSE"),
        ("f@il, fa1l, fai1 and f4!l", "fail"),
        ("$h0t", "shot"),
        ("boob", "b00b"),
        ("faiI", "fail"),  # a capital i
        ("fаil", "fail"),  # a Cyrillic a
        ("ƒaïl, ｆａｉｌ, 𝓯𝓪𝓲𝓵", "fail"),
        ("🅵🅰🅸🅻", "fail"),
        ("f\u0336a\u0336i\u0336l\u0336", "fail"),
        ("fa\u200bi\u00ad\ufe0fl", "fail"),
        ("_fail_ *fail*", "fail"),
        ("a bad-word", "bad word"),
        ("bad\nWORD!", "Bad  Word"),
        ("don’t, dont", "don't"),
        ("хуже", "хуже"),
        ("おまえばかだ", "ばか"),
        ("바보야", "바보"),
        ("call 420 now", "420"),
        ("f-a-i-l", "fail"),
        ("a f a  i_l", "fail"),
        ("fa·il", "fail"),
        ("fa[laughing]il", "fail"),
        ("ΗATE", "hate"),  # a Greek Eta
        ("FΑΙL", "fail"),  # a Greek Alpha and Iota
        ("ΝΑΙ", "ναι"),  # capitals that look like other letters than the small ones do
        ("ΟΔΟΣ, οδοσ", "οδος"),
        ("xyжe", "хуже"),  # Latin letters for Cyrillic ones
        ("ХУЖЕ", "хуже"),
        ("fa×il", "fail"),
        ("⍺ssoon", "assoon"),
        ("fail🇩🇪", "fail"),
        ("ſail", "fail"),
        ("Cæsar", "caesar"),
        ("٤٢٠", "420"),
        ("k111er, f1||ed", "killer"),
        ("f-a i_l", "fail"),
        ("bad🙂 word", "bad word"),
    ],
)
def test_a_forbidden_word_is_found(text: str, word: str) -> None:
    assert holds_forbidden([text], ("other", word))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a class of its own", "ass"),
        ("$!" * 3000, "slut"),  # as quickly as any other text
        ("a" + "'" * 3000 + "c", "a" + "'" * 40 + "b"),
        ("so I a m", "am"),
        ("as soon [as] I can", "assoon"),
        ("the fall, the FALL", "fail"),
        ("FAIL", "fall"),
        ("it costs 455", "ass"),
        ("le chat", "13"),
        ("4207", "420"),
        ("bad, but in other words", "bad word"),
        ("はか", "ばか"),
        ("ばか", "は"),
        ("कमी", "कम"),
        ("किकम", "कम"),
        ("a b-a-d word", "word a"),
        ("١١", "ill"),
        ("the bad words", "bad word"),
        ("хуже", "hate"),
        ("not class × ass2", "ass"),
        ("", "fail"),
    ],
)
def test_other_words_are_allowed(text: str, word: str) -> None:
    assert not holds_forbidden([text], (word,))


def test_one_of_several_texts_is_enough() -> None:
    assert holds_forbidden(["f**ai**l", "fail"], ("fail",))
    assert not holds_forbidden(["fail"], ())


@pytest.mark.parametrize("word", ["", "!!!", "\u200b", "…"])
def test_a_word_without_readable_characters_is_refused(word: str) -> None:
    assert not can_be_found(word)


def test_every_character_that_unicode_calls_a_lookalike_is_read_as_its_letter() -> None:
    pairs = [(letter, character) for letter, characters in LOOKALIKES.items() for character in characters]
    assert len(pairs) > 1_800
    missed = [
        (letter, hex(ord(character)))
        for letter, character in pairs
        if not holds_forbidden([f"an x{character}y!"], (f"x{letter}y",))
        and normalize("NFKD", character).casefold() not in "abcdefghijklmnopqrstuvwxyz"  # the letter itself, in print
    ]
    assert missed == []


def test_the_list_of_lookalikes_is_made_from_unicode_s_list(tmp_path: Path) -> None:
    listing = tmp_path / "confusables.txt"
    listing.write_text(
        "\ufeff# confusables.txt\n# Version: 1.2.3\n"
        "0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A\t# \n"
        "0397 ;\t0048 ;\tMA\t# ( Η → H ) GREEK CAPITAL LETTER ETA → LATIN CAPITAL LETTER H\t# \n"
        "2223 ;\t006C ;\tMA\t#* ( ∣ → l ) DIVIDES → LATIN SMALL LETTER L\t# →ǀ→\n"
        "A4E1 ;\t004C ;\tMA\t# ( ꓡ → L ) LISU LETTER LA → LATIN CAPITAL LETTER L\t# \n"
        "00F8 ;\t006F 0338 ;\tMA\t# ( ø → o̸ ) LATIN SMALL LETTER O WITH STROKE → LATIN SMALL LETTER O\t# \n"
        "217F ;\t0072 006E ;\tMA\t# ( ⅿ → rn ) SMALL ROMAN NUMERAL ONE THOUSAND → LATIN SMALL LETTER R\t# \n"
        "00E6 ;\t0061 0065 ;\tMA\t# ( æ → ae ) LATIN SMALL LETTER AE → LATIN SMALL LETTER A\t# \n"
        "042B ;\t0062 006C ;\tMA\t# ( Ы → bl ) CYRILLIC CAPITAL LETTER YERU → LATIN SMALL LETTER B\t# \n"
        "0031 ;\t006C ;\tMA\t# ( 1 → l ) DIGIT ONE → LATIN SMALL LETTER L\t# \n",
        encoding="utf-8",
    )
    run = subprocess.run(
        [sys.executable, "script/lookalikes.py", str(listing)], capture_output=True, text=True, check=True
    )
    made: dict[str, object] = {}
    exec(run.stdout, made)  # noqa: S102
    assert made["UNICODE_VERSION"] == "1.2.3"
    assert made["LOOKALIKES"] == {"a": "а", "h": "Η", "i": "∣", "l": "∣ꓡ", "m": "ⅿ", "o": "ø"}
    assert made["LIGATURES"] == {"æ": "ae"}
    assert re.fullmatch(r"[0-9]+\.0\.0", UNICODE_VERSION)


@pytest.mark.slow
def test_many_words_are_found_like_each_of_them_alone() -> None:
    """Also if the caches are too small for all that was read."""
    lots = random.Random(7)  # noqa: S311
    short = ["".join(lots.choices("abilo1", k=3)) + "b" for _ in range(50)]
    words = (*short, *("".join(lots.choices("abcdilo", k=38)) for _ in range(50)))
    texts = ["".join(lots.choices("abilo1I|- ", k=12)) for _ in range(200)]
    holding = {text for word in words for text in texts if holds_forbidden([text], (word,))}
    assert 10 < len(holding) < 190
    assert {text for text in texts if holds_forbidden([text], words)} == holding
    near_misses = " ".join(f"{word[:-1]}x" for word in words[50:])
    for text in texts[:50]:
        assert holds_forbidden([f"{near_misses} {text}"], words) == (text in holding)


@pytest.mark.slow
def test_a_word_is_found_behind_more_than_can_be_remembered() -> None:
    """What a text has been read as is remembered up to a bound; the rest is read in another way, to the same end."""
    chance = random.Random(11)  # noqa: S311
    similar = ("".join(chance.choices("il", k=chance.randrange(3, 12))) for _ in range(60))
    long = ["".join(chance.choices("il", k=30)) for _ in range(20)]
    words = (*similar, *long, "1234", "日本", "a b")
    noise = " ".join(word[: chance.randrange(13, 29)] for word in long) + " "
    assert not holds_forbidden([noise], words)
    outcomes = set[bool]()
    for _ in range(600):
        text = "".join(chance.choices("ilI1!|-. é日本2ab34", k=chance.randrange(1, 16)))
        found = holds_forbidden([text], words)
        outcomes.add(found)
        assert holds_forbidden([noise + text], words) is found, text
    assert outcomes == {True, False}
