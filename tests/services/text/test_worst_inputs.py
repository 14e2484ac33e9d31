"""Reading what members and managers type takes a time that grows with its length and no faster."""

import inspect
import random
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import CodeType, FrameType, ModuleType
from typing import Any

import orjson
import pytest

from bot.clock import Clock
from bot.errors import UserError
from bot.fish_audio import answers, client
from bot.models.common import Member, Pronunciation
from bot.models.sharing import VoicesInReach
from bot.models.voices import Voice, VoiceState
from bot.services.common import names, wording
from bot.services.consent import sentences
from bot.services.servers import rules
from bot.services.servers.rules import LONGEST_WORD_LIST, MOST_FORBIDDEN_WORDS
from bot.services.sharing import deadlines, suggestions, typos
from bot.services.sharing.known_voices import Choice, KnownVoices, NameNotKnown, labelled
from bot.services.speech.synthesis import emotions
from bot.services.text import (
    appearance,
    canonical,
    forbidden_words,
    pronunciation,
    spoken_characters,
    spoken_mentions,
    spoken_text,
)
from bot.services.text.forbidden_words import can_be_found, finds_forbidden, holds_forbidden
from bot.services.text.spoken_mentions import Mentions
from bot.services.voices import drafts
from cogs.common import autocomplete
from tests.services.text.steps import counting, steps_of

LONGEST_TEXT = 6000  # characters: Discord's limit for an option of a command
LENGTH = 100  # characters: texts of this length and of twice this length are measured
MOST_PER_CHARACTER = 400  # steps; a text of 6,000 characters thus takes at most 2,400,000

MODULES = (
    answers,
    client,
    drafts,
    emotions,
    rules,
    names,
    wording,
    sentences,
    deadlines,
    typos,
    pronunciation,
    canonical,
    spoken_characters,
    spoken_mentions,
    spoken_text,
)
READERS = (
    names,
    wording,
    sentences,
    deadlines,
    appearance,
    canonical,
    forbidden_words,
    spoken_characters,
    spoken_mentions,
    spoken_text,
    pronunciation,
    autocomplete,
    suggestions,
    typos,
)
# They hand on what was typed to the functions that are measured, or take no words of members.
NOT_TYPED = {
    *(
        f"bot.services.common.wording.{name}"
        for name in ("audience_words", "counted", "person", "sentence", "sample_not_used")
    ),
    *(
        f"cogs.common.autocomplete.{kind}_voices"
        for kind in ("controlled", "owned", "shared", "speaking", "trained", "usable")
    ),
    "cogs.common.autocomplete.deadlines",
    "cogs.common.autocomplete.emotions",
}
NOW = datetime(2026, 11, 23, tzinfo=UTC)
MENTIONS = Mentions(users={5: "x" * 32}, roles={5: "*" * 100}, channels={5: "_" * 100})

LOTS = random.Random(3)  # noqa: S311
SIMILAR = tuple("".join(LOTS.choices("il", k=38)) for _ in range(MOST_FORBIDDEN_WORDS))
DIFFERENT = tuple("".join(LOTS.choices("abcdefghijklmnopqrstuvwxyz", k=38)) for _ in range(MOST_FORBIDDEN_WORDS))
NUMBERS = tuple("1" * length for length in range(1, 51))
PHRASES = tuple(f"{'i ' * length}l" for length in range(1, 20))
VOICES = [
    Voice(
        id=str(number),
        owner_id=number,
        owner_name="Ann",
        speaker_id=None,
        speaker_name=None,
        name="A",
        state=VoiceState.TRAINED,
        guild_id=None,
        channel_id=1,
        since=0,
        created_at=0,
    )
    for number in range(200)
]

EMOTIONS = emotions.Emotions("s2.1-pro", Clock())
KNOWN = KnownVoices(
    VoicesInReach(controlled=tuple(VOICES[:1]), shares=(), default_id=None),
    Member(id=0, name="Ann", is_manager=False),
    0,
)

SAID = [Pronunciation(word=word, spoken="b" * 50) for word in ("a", "1", "i", "x", "ä", "日", "http")]

PIECES = [
    *(
        "a",
        "1",
        " ",
        "\n",
        "i ",
        "1 ",
        "1-",
        " i l",
        "$!",
        "I",
        "aI",
        "1I|!",
        "'",
        "a'",
        "_",
        "a_",
        "_ ",
        "- ",
        "1. ",
        "# ",
    ),
    *(
        "*",
        "*a",
        "**a",
        "***a",
        "2*",
        "2**",
        "~~a",
        "||a|",
        "`",
        "```",
        "```a",
        "2`",
        "> ",
        "-# ",
        " \t",
        "\\",
        "\\*",
        "\\\\",
    ),
    *(
        "[",
        "[a",
        "[a](",
        "[a](http://",
        "[a](https://x (",
        '[a](http://x "',
        "(",
        "([<",
        "<",
        "<@5>",
        "<@",
        "</a",
        "<:a",
        "<t:1",
    ),
    *(
        "<|",
        "|>",
        "<|<",
        "<id:",
        "@",
        "@everyone",
        "https://",
        "https://x.",
        "http://a http://",
        "://",
        ":",
        "www.",
        "`/a` ",
        "`/a ",
        "a.bc",
        "a.bc/",
    ),
    *(
        "\u200b",
        "\u200c",
        "م\u200c",
        "\u0301",
        "e\u0301",
        "م\u064b\u200c",
        "😂",
        "🏴",
        "𝓗",
        "Ä",
        "ß",
        "日",
        "🅰",
        "\ud800",
    ),
    *("1 day ", "1h", "9", "for ", "agree ", "I agree that my voice ", "x" * 40 + " "),
    *(f"{word[:-1]}? " for word in (SIMILAR[0], DIFFERENT[0])),
]

FUNCTIONS: dict[str, Callable[[str], object]] = {
    "spoken": lambda text: spoken_text.spoken(text, MENTIONS, now=NOW),
    "words as they are pronounced": lambda text: pronunciation.pronounced(text, SAID),
    "a pronunciation": lambda text: or_refused(pronunciation.pronunciation, text, text),
    "a list of pronunciations": lambda text: or_refused(pronunciation.read_lines, text),
    "a name that is spoken": spoken_characters.bare_name,
    "characters": spoken_characters.clean_characters,
    "forbidden words that look alike": lambda text: holds_forbidden([text], SIMILAR),
    "forbidden words": lambda text: holds_forbidden([text], DIFFERENT),
    "forbidden numbers": lambda text: holds_forbidden([text], NUMBERS),
    "forbidden phrases": lambda text: holds_forbidden([text], PHRASES),
    "a forbidden word": can_be_found,
    "a length in full": canonical.full_length,
    "a letter": canonical.is_plain_letter,
    "shown": wording.plain,
    "shown as a quote": wording.quote,
    "shown in a label": wording.in_label,
    "read from a quote": wording.unquoted,
    "an emotion": lambda text: or_refused(EMOTIONS.understood, text),
    "suggested emotions": EMOTIONS.suggested,
    "a text with an emotion": lambda text: EMOTIONS.spoken(text, "happy"),
    "shown with commands": lambda text: wording.mentioning_commands(text, {"a": "</a:5>"}, most=len(text)),
    "shown with commands in words": wording.naming_commands,
    "what a name looks like": appearance.looks_of,
    "a voice's name": lambda text: or_refused(names.clean_name, text),
    "a voice that is named": lambda text: suggestions.matching([Choice("A", VOICES[0])], text),
    "a deadline": lambda text: or_refused(deadlines.deadline, text, 0),
    "suggested deadlines": lambda text: deadlines.suggested_deadlines(text, 0),
    "a list of forbidden words": lambda text: or_refused(rules.clean_words, text.split("\n")),
    "mentions in their names": lambda text: spoken_mentions.written_mentions(text, MENTIONS, NOW),
    "mentions without their signs": spoken_mentions.unsigned_mentions,
    "the name of a file that is uploaded": client.upload_name,
    "the name of a sound": names.file_name,
    "a transcript": lambda text: or_refused(drafts.clean_transcript, text),
    "a voice by its name": lambda text: or_refused(KNOWN.named, text),
    "a voice by a name with a slip": lambda text: or_refused(KNOWN.nearly_named, text),
    "a slip in a name": lambda text: typos.is_slip(text, "grandpa"),
    "a voice that is like what is typed": lambda text: suggestions.like([Choice("A", VOICES[0])], text),
    "an answer of Fish Audio": lambda text: answers.reason_in(text.encode("utf-8", "replace")),
    "a transcription": lambda text: answers.heard_in(answers.Answer(200, body=orjson.dumps({"text": visible(text)}))),
    "spoken consent": lambda text: sentences.is_heard("I agree that my voice is cloned, and so on.", text),
}


def visible(text: str) -> str:
    """Replace what JSON cannot hold."""
    return text.encode("utf-8", "replace").decode()


def or_refused(read: Callable[..., object], *arguments: object) -> None:
    with suppress(UserError, NameNotKnown):
        read(*arguments)


def text_of(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_twice_the_text_takes_no_more_than_twice_the_work(name: str) -> None:
    read = FUNCTIONS[name]
    for piece in PIECES:
        short, long = text_of(piece, LENGTH), text_of(piece, 2 * LENGTH)
        read(long)  # fills the caches of characters and words
        once, twice = (steps_of(lambda text=text: read(text), *MODULES) for text in (short, long))
        assert twice <= 2.3 * once + 200, (name, piece, once, twice)
        assert twice <= MOST_PER_CHARACTER * 2 * LENGTH, (name, piece, twice)


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"spoken consent"}))  # which is looked for in a thread
def test_the_longest_text_is_read_to_its_end(name: str) -> None:
    for piece in PIECES:
        FUNCTIONS[name](text_of(piece, LONGEST_TEXT))


def test_every_function_that_reads_what_somebody_typed_is_measured() -> None:
    """Find them by their parameters, so that a new one cannot be forgotten."""
    readers = {
        f"{module.__name__}.{name}": inspect.unwrap(function).__code__
        for module in READERS
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        if {str, str | None} & {each.annotation for each in inspect.signature(function).parameters.values()}
    }
    called = set[CodeType]()

    def note(frame: FrameType, event: str, _: object) -> None:
        called.add(frame.f_code)

    sys.setprofile(note)
    try:
        for read in FUNCTIONS.values():
            for piece in ("a", "<@5>", "<t:1>", "[a](https://x.y)", "1 day ", "agree voice cloned "):
                read(text_of(piece, 60))
    finally:
        sys.setprofile(None)
    assert {name for name, code in readers.items() if code not in called} == NOT_TYPED


def nearly_forbidden(letters: str) -> str:
    """Return a text full of words that are forbidden nearly to their end."""
    chance = random.Random(8)  # noqa: S311
    return " ".join("".join(chance.choices(letters, k=36)) for _ in range(LONGEST_TEXT // 36))[:LONGEST_TEXT]


@pytest.mark.parametrize(
    "text",
    [
        nearly_forbidden("il1|!"),
        nearly_forbidden("🅸🅻∣|1"),
        nearly_forbidden("1!|"),
        ("1 " * LONGEST_TEXT)[: LONGEST_TEXT - 1] + "z",
        " ".join(f"{word[:-1]}z" for word in SIMILAR),
    ],
)
def test_the_longest_text_takes_a_few_steps_for_each_letter_of_the_longest_list(text: str) -> None:
    """Each step handles numbers with a bit for each character of the text, which is what takes the time."""
    assert len("\n".join(SIMILAR)) <= LONGEST_WORD_LIST
    assert not holds_forbidden([text[:LENGTH]], SIMILAR)  # fills the caches of characters and words
    assert steps_of(lambda: holds_forbidden([text], SIMILAR)) <= 6 * LONGEST_WORD_LIST


def test_the_event_loop_turns_while_the_hardest_text_is_read() -> None:
    text = nearly_forbidden("il1|!")
    search, parts, found = finds_forbidden([f"{text} (cue) {text}"], SIMILAR), list[int](), None
    with counting() as steps:
        while found is None:
            before = steps.count
            try:
                search.send(None)
            except StopIteration as end:
                found = end.value
            parts.append(steps.count - before)
    assert found is False
    assert max(parts) <= sum(parts) / 4
    assert sum(parts) > 2 * LONGEST_WORD_LIST, "it was read to its end"


def test_words_that_were_never_met_cost_no_more_than_their_letters() -> None:
    """The caches hold none of them, and have no room for all of them."""
    near_misses = [" ".join(f"{word[:-1]}?" for word in DIFFERENT[:number]) for number in (40, 80)]
    work = [steps_of(lambda text=text: holds_forbidden([text], (*DIFFERENT, text[:3]))) for text in near_misses]
    assert work[1] <= 2.3 * work[0] + 200


@pytest.mark.parametrize("name", ["characters", "forbidden words"])
def test_a_memory_full_of_rare_characters_makes_room_for_others(name: str) -> None:
    read = FUNCTIONS[name]
    for first in range(0x20000, 0x26000, LONGEST_TEXT):
        read("".join(map(chr, range(first, first + LONGEST_TEXT))))
    text = "".join(map(chr, range(0x7000, 0x7000 + LONGEST_TEXT // 4)))
    read(text)
    assert steps_of(lambda: read(text)) <= len(text)


def test_voices_of_one_name_are_told_apart_in_one_pass() -> None:
    work = [steps_of(lambda voices=voices: labelled(voices, beside=[])) for voices in (VOICES[:100], VOICES)]
    assert work[1] <= 2.3 * work[0] + 200
    labels = [choice.label for choice in labelled(VOICES, beside=[])]
    assert labels[:3] == ["A (Ann)", "A (Ann) 2", "A (Ann) 3"]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("pattern", [r"\[.*\]\(", r"a+b", r" +x", r"(?:a+)+b", r"\s*$x"])
def test_backtracking_is_counted(pattern: str) -> None:
    """Check the counting itself, with patterns that take at least the square of the length."""
    module: Any = ModuleType("with_a_pattern")
    module.PATTERN = re.compile(pattern)
    piece = {"[": "[", "a": "a", "(": "a", " ": " ", "\\": " "}[pattern[1] if pattern.startswith("\\[") else pattern[0]]
    once, twice = (steps_of(lambda text=text: module.PATTERN.sub("", text), module) for text in (piece * 6, piece * 12))
    assert twice > 2.8 * once
