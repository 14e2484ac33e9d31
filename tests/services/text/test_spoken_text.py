"""Typed text becomes what a person would say, whatever was typed."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.text.spoken_mentions import written_mentions
from bot.services.text.spoken_text import Mentions, spoken

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW_SECONDS = int(NOW.timestamp())
NAMES = Mentions(
    users={1: "Ann", 2: "**Ben** <@3>", 3: "\u3164", 4: "<|speaker:1|>", 5: "123", 6: "हिन्दी", 7: "(می\u200cخواهم)"},
    roles={1: "Moderators"},
    channels={1: "off-topic"},
)


def said(text: str) -> str:
    return spoken(text, NAMES, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world!",
        "5 * 3 = 15, and 3 < 5 > 2.",
        "f*ck the 1st one",
        "[whispering] Come closer. [laughing]",
        "First line.\nSecond line.",
        "(see above) #1 - not a list",
        "¿Qué tal? 日本語、どう？ ภาษาไทย हिन्दी עִבְרִית",
        "a" * 1000,
        "C:\\Users\\Ann",
        "2*3*4 is 24",
        "2**3**4, 1~~2~~3, 1||2||3, 2`3`4 and 2```3```4",
        "*2*3*4*",
        "می\u200cخواهم ۱۰\u200cها",  # Persian is spelled with joiners,
        "क\u094d\u200dष",  # and so is Hindi
    ],
)
def test_plain_text_is_said_as_it_is(text: str) -> None:
    assert said(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@1> and <@!1>", "Ann and Ann"),
        ("<@99>, look", "someone, look"),
        ("<@1>'s idea", "Ann's idea"),
        ("hi<@1>there<@1><@1>", "hi Ann there Ann Ann"),
        ("**<@1>**", "Ann"),
        ("\\<@1>", "Ann"),
        ("`<@1>`", "Ann"),
        ("<@2>", "Ben 3"),
        ("<@3>", "someone"),
        ("<@4>", "speaker 1"),
        ("<@6>", "हिन्दी"),
        ("<@7>", "می\u200cخواهم"),
        ("<@<@5>>", "<@ 123 >"),
        ("<@12**3>**", "someone"),
        ("<@&1> or <@&9>", "Moderators or a role"),
        ("in <#1> or <#9>", "in off-topic or a channel"),
        ("@everyone and @here", "everyone and everyone here"),
        ("<:pepe_laugh:123> <a:party:123>", "pepe laugh party"),
        ("<:__:123>", "an emoji"),
        ("</voice create:123>", "slash voice create"),
        ("<id:customize>, <id:linked-roles:12>", "Channels & Roles, Linked Roles"),
    ],
)
def test_mentions_are_names(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("", "2 March 2026 at 9:05 UTC"),
        (":t", "9:05 UTC"),
        (":T", "9:05 UTC"),
        (":d", "2 March 2026"),
        (":D", "2 March 2026"),
        (":f", "2 March 2026 at 9:05 UTC"),
        (":F", "Monday, 2 March 2026 at 9:05 UTC"),
        (":s", "2 March 2026 at 9:05 UTC"),
        (":R", "9 months ago"),
    ],
)
def test_a_moment_is_said_in_its_style(style: str, words: str) -> None:
    moment = int(datetime(2026, 3, 2, 9, 5, 30, tzinfo=UTC).timestamp())
    assert said(f"<t:{moment}{style}>") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (1, "in a second"),
        (-45, "45 seconds ago"),
        (59, "in a minute"),
        (120, "in 2 minutes"),
        (-3600, "an hour ago"),
        (86_400, "in a day"),
        (3 * 86_400, "in 3 days"),
        (-14 * 86_400, "2 weeks ago"),
        (-800 * 86_400, "2 years ago"),
    ],
)
def test_a_relative_time_is_said_in_its_largest_unit(seconds: int, words: str) -> None:
    assert said(f"<t:{NOW_SECONDS + seconds}:R>") == words


def test_a_time_outside_the_calendar_is_said_as_some_time() -> None:
    assert said("<t:99999999999999999999> <t:-99999999999:F>") == "some time some time"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://www.example.com/a_b?c=1#d", "a link to example.com"),
        ("See <https://example.com>.", "See a link to example.com."),
        ("(HTTPS://Example.com/x),", "(a link to example.com),"),
        ("**https://example.com**", "a link to example.com"),
        ("see:https://user:secret@example.com:8080/", "see: a link to example.com"),
        ("http://[::1]/", "a link"),
        ("[the _docs_](https://example.com/wiki_(x))", "the docs"),
        ('[docs](<https://example.com> "Title") now', "docs now"),
        ("[laughing](softly)", "[laughing](softly)"),
        ("\\[docs](https://example.com)", "[docs](a link to example.com)"),
    ],
)
def test_links_are_named_after_their_hosts(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "**bold** *italic* _italic_ __underline__ ~~struck~~ ||spoiler||",
            "bold italic italic underline struck spoiler",
        ),
        ("***both*** __*nested*__ **__~~deep~~__**", "both nested deep"),
        ("wo**rd**s and snake_case", "words and snake case"),
        ("2*3 (*this*) 4*5", "2*3 (this) 4*5"),
        ("2*x*4, *3* and **2**", "2x4, 3 and 2"),
        ("`code` ``co`de``", "code code"),
        ("```py\nprint(1)\n```then", "print(1)\nthen"),
        ("```one```two\nthree", "onetwo\nthree"),
        ("# Big\n## Smaller\n-# small\n#channel", "Big\nSmaller\nsmall\n#channel"),
        ("> quoted\n>>> all of\nit\n>no", "quoted\nall of\nit\n>no"),
        ("- one\n  * two\n1. three\n-5 degrees", "one\ntwo\n1. three\n-5 degrees"),
        ("\\*not bold\\* \\_\\_ \\`", "*not bold* __ `"),
        ("¯\\_(ツ)_/¯", "¯_(ツ)/¯"),
        ("a  b\t c\r\n\n \n d\u2028e", "a b c\nd\ne"),
    ],
)
def test_markdown_is_bare_words(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one<|speaker:1|>two", "one two"),
        ("<<|x|>|speaker:1|>hi", "< |speaker:1 hi"),
        ("<\u200b|speaker:1|\u2060>hi", "hi"),
        ("<**|**speaker:1|>hi", "hi"),
        ("\\<\\|speaker:1\\|\\>hi", "hi"),
        ("＜｜speaker:1｜＞hi", "hi"),
        ("<| hi", "hi"),
    ],
)
def test_control_marks_of_the_engine_are_removed_also_nested_ones(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi 👋🏽 there 👨‍👩‍👧 ❤️!", "Hi there !"),
        ("1️⃣ 20 °C, 5 €, ©", "1 20 °C, 5 €, ©"),
        ("𝓗𝓮𝓵𝓵𝓸", "Hello"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("a\u200cb \u200dc\u200d", "ab c"),
        ("می\u200c خواهم\u200c", "می خواهم"),
        ("م\u200c\u200cم", "مم"),
        ("م\u200ca", "مa"),
        ("م*\u200c*م", "م**م"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007fhi", "hi"),
        ("م" + "\u064b\u200c" * 50 + "م", "م" + "\u064b\u200c" * 4 + "م"),
        ("evil\u202etxt\x00\x1b[31m\ud800\ue000", "eviltxt[31m"),
        ("Z" + "\u0335" * 50 + "!", "Z" + "\u0335" * 4 + "!"),
    ],
)
def test_only_characters_that_can_be_said_stay(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize(
    "text",
    ["", " \n", "😂😂", "...?!", "****", "||  ||", "<|speaker:1|>", "\u3164\u200b", "\u0301\u0301", "```\n```", "_"],
)
def test_a_text_without_anything_to_say_is_empty(text: str) -> None:
    assert said(text) == ""


PIECES = [
    *("<", "|", ">", "@", "&", "#", ":", "/", "t", "1", "5", "id", "guide", "everyone", "a", "_", "*", "~", "`"),
    *("**", "||", "```", "\\", "[", "]", "(", ")", "https://", "x.y", " ", "\n", "-", "\u200b", "\u0301"),
    *("<@", "<@5>", "<|", "|>", "<:a:1>", "😂", "\ud800", "＜", "｜", "\u1fef", "\ue03c"),
]
SYNTAX = re.compile(r"<(?:@[!&]?|#|a?:\w+:|/[^<>:\n]+:|t:-?)[0-9]{1,20}(?::[A-Za-z])?>|<id:guide>|@everyone|@here")


@settings(deadline=None, max_examples=500)  # the machine may be busy
@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_becomes_plain_words(text: str) -> None:
    words = said(text)
    assert "<|" not in words
    assert "|>" not in words
    assert not SYNTAX.search(words)
    assert unicodedata.is_normalized("NFC", words)
    letters = re.sub("(?<=\\w)[\u200c\u200d](?=\\w)", "", words)
    assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") for c in letters)
    assert words == "\n".join(" ".join(line.split()) for line in words.splitlines() if line.strip())


@settings(deadline=None)
@given(st.text(st.characters(categories=["L", "Nd"], max_codepoint=0x2FF), min_size=1))
def test_letters_and_digits_are_never_lost(text: str) -> None:
    assert said(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "piece",
    [*PIECES, "[a](http://", "[a](https://x (", "_a ", "*a ", "**a", "~~a", "||a|", "<|<", "\\\\", "> ", "- ", "<t:1"],
)
def test_six_thousand_hostile_characters_are_read_to_the_end(piece: str) -> None:
    """A search that backtracks would never reach the end."""
    words = said(piece * (6000 // len(piece)) + "x")
    assert "<|" not in words
    assert not SYNTAX.search(words)


def test_mentions_in_a_text_that_is_shown_are_written_as_their_reader_knows_them() -> None:
    mentions = Mentions(users={1: "Ann"}, roles={2: "Singers"}, channels={3: "general"})
    typed = "Hello <@1>, <@!9>, <@&2> in <#3> <:wave:4> </say:5> <id:guide> <t:0:d> @everyone"
    shown = "Hello @Ann, @someone, @Singers in #general :wave: /say #Server Guide 1 January 1970 @everyone"
    assert written_mentions(typed, mentions, datetime(2026, 11, 28, tzinfo=UTC)) == shown
