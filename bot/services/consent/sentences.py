"""Makes sentences to be read aloud, and finds them in transcripts despite small slips."""

import re
import unicodedata
from collections.abc import Sequence
from math import inf
from secrets import SystemRandom

from rapidfuzz.distance import Levenshtein

from bot.services.consent.sentence_words import WORDS

WORDS_IN_A_SENTENCE = 4  # of more than 280 words: 6 * 10^9 sentences
_FORGIVEN = 5  # other words that may be left out, put in or misheard

# The words that make it consent, to this and today. All must be heard; the small words between them may be missing.
_NEEDED = frozenset({"agree", "voice", "cloned", *WORDS})
_DENIALS = frozenset({"not", "never", "cannot", "dont", "wont", "isnt"})
_WORD = re.compile(r"[^\W_]+")
_BEFORE = 2  # words in front of the sentence that a denial may stand in: "I do not agree …"

_Stretch = tuple[float, int]  # how many slips were forgiven, and the number of its first word


def new_sentence() -> str:
    *words, last = SystemRandom().sample(WORDS, WORDS_IN_A_SENTENCE)
    return f"I agree that my voice is cloned, and my words today are {', '.join(words)} and {last}."


def is_heard(sentence: str, transcript: str) -> bool:
    """Return whether somebody says the sentence in the transcript of a recording."""
    heard = _words(transcript)
    ends = _alignments(_words(sentence), heard)
    return any(
        cost <= _FORGIVEN and not _DENIALS.intersection(heard[max(0, start - _BEFORE) : end])
        for end, (cost, start) in enumerate(ends)
    )


def _alignments(sentence: Sequence[str], heard: Sequence[str]) -> list[_Stretch]:
    """Return, for each number of words heard, the stretch ending there that is most like the sentence.

    This is Sellers' algorithm for finding a pattern with errors in it, over words instead of letters.
    """
    rows: list[list[_Stretch]] = [[(0, start) for start in range(len(heard) + 1)]]
    for number, word in enumerate(sentence):
        missing = inf if word in _NEEDED else 1
        before, row = rows[-1], [_plus(rows[-1][0], missing)]
        for end in range(1, len(heard) + 1):
            ways = [
                _plus(row[-1], 1),  # something was put in
                _plus(before[end], missing),
                _plus(before[end - 1], 0 if are_alike(word, heard[end - 1]) else missing),
            ]
            if end > 1 and are_alike(word, heard[end - 2] + heard[end - 1]):  # one word, written down as two
                ways.append(before[end - 2])
            if number and sentence[number - 1] + word == heard[end - 1]:  # two words, written down as one
                ways.append(rows[-2][end - 1])
            row.append(min(ways))
        rows.append(row)
    return rows[-1]


def _plus(stretch: _Stretch, cost: float) -> _Stretch:
    return stretch[0] + cost, stretch[1]


def _words(text: str) -> list[str]:
    """Return the words in lower case without accents. An apostrophe does not split a word."""
    letters = unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("’", "")
    return _WORD.findall("".join(letter for letter in letters if not unicodedata.combining(letter)))


def are_alike(word: str, heard: str) -> bool:
    """Return whether `heard` is the word, or differs from it by a slip or two."""
    if word == heard:
        return True
    slips = 0 if len(word) < 5 else 1 if len(word) == 5 else 2
    return Levenshtein.distance(word, heard, score_cutoff=slips) <= slips
