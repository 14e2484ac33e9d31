"""Sentences are found among other words despite small slips, and no other sentence is taken for them."""

import itertools
import random
from collections.abc import Callable

import pytest

from bot.services.consent.sentence_words import WORDS
from bot.services.consent.sentences import are_alike, is_heard, new_sentence
from sandbox.speech import PASSAGE

SENTENCE = "I agree that my voice is cloned, and my words today are amber, river, lantern and violet."
SLIPS: list[Callable[[str, random.Random], str]] = [
    lambda word, _: f"{word}s",
    lambda word, _: word[:-1],
    lambda word, _: word.upper(),
    lambda word, _: f"um, {word}",
    lambda word, chance: f"{word[: (middle := chance.randrange(1, len(word)))]} {word[middle:]}",
    lambda word, chance: word.replace(chance.choice(word), chance.choice("aeiou"), 1),
]


def test_no_two_words_of_the_sentences_sound_alike() -> None:
    assert len({new_sentence() for _ in range(100)}) == 100
    assert len(WORDS) == len(set(WORDS)) >= 256
    assert not [pair for pair in itertools.permutations(WORDS, 2) if are_alike(*pair)]


@pytest.mark.parametrize(
    "heard",
    [
        "I agree that my voice is cloned and my words today are amber river lantern and violet",
        f"Hello, this is Ann. {PASSAGE} {SENTENCE} {PASSAGE}",
        "I agree, that my voice is clone and my word today are Ember, rivers, lan tern and violet!",
        "i agreed that my voices cloned and um my words to day are amber river and lanterns and violets",
        "I agree that myvoice is cloned. My words today: amber, river, lanternand violet.",
        "Ｉ ａｇｒｅｅ that my voice is clonéd, and my words today are amber… river… lantern, and violet",
        f"I do not know this one. {SENTENCE}",
        f"I agree that my voice is, no, once more. {SENTENCE}",
    ],
)
def test_the_sentence_is_found_as_people_read_and_services_write_it(heard: str) -> None:
    assert is_heard(SENTENCE, heard)


@pytest.mark.parametrize(
    "heard",
    [
        "",
        PASSAGE,
        "amber river lantern violet",
        "I agree that my voice is cloned",
        SENTENCE.replace("river, lantern", "lantern, river"),
        SENTENCE.replace("river", "candle"),
        SENTENCE.replace("river, ", ""),
        SENTENCE.replace("I agree", "I do not agree"),
        SENTENCE.replace("I agree", "I don’t agree"),
        SENTENCE.replace("is cloned", "is not cloned"),
        SENTENCE.replace("agree", "disagree"),
        SENTENCE.replace("my words today are", PASSAGE),
        " ".join(WORDS),
    ],
)
def test_other_sentences_are_not_accepted(heard: str) -> None:
    assert not is_heard(SENTENCE, heard)


@pytest.mark.slow
def test_one_slip_is_forgiven_and_another_sentence_is_not() -> None:
    chance = random.Random(1)  # noqa: S311 - draws slips, not keys
    for number in range(120):
        sentence = new_sentence()
        words = sentence.split()
        slipped = chance.randrange(len(words))
        bare = words[slipped].rstrip(",.")
        slip = SLIPS[number % len(SLIPS)] if len(bare) > 4 else SLIPS[2]
        words[slipped] = slip(bare, chance)
        assert is_heard(sentence, " ".join(words)), (sentence, words)
        assert not is_heard(sentence, new_sentence())
