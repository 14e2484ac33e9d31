"""Forbidden words are found in whatever letters they are typed, and other words are let be."""

import pytest

from bot.services.text.forbidden_words import can_be_found, holds_forbidden


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
        ("", "fail"),
    ],
)
def test_another_word_is_let_be(text: str, word: str) -> None:
    assert not holds_forbidden([text], (word,))


def test_one_of_several_texts_is_enough() -> None:
    assert holds_forbidden(["f**ai**l", "fail"], ("fail",))
    assert not holds_forbidden(["fail"], ())


@pytest.mark.parametrize("word", ["", "!!!", "\u200b", "…"])
def test_a_word_of_nothing_that_can_be_read_cannot_be_looked_for(word: str) -> None:
    assert not can_be_found(word)
