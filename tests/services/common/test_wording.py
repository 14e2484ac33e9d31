"""Texts and names of members are shown as they are typed: markup, links and mentions in them do not work."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.common.wording import in_label, mentioning_commands, naming_commands, plain, quote, quoted, unquoted
from tests.discord.markdown import read


@pytest.mark.parametrize(
    "text",
    [
        "see https://a.example/x.png and HTTP://b.example",
        "<https://a.example>",
        "[free](https://a.example)",
        "steam://run/1",
        "www.example.com",
        "discord.gg/abc, dlscord.gift/claim, DISCORD.GG/abc",
        "discord.com/invite/abc",
        "https://discord.com/channels/1/2/3",
        "**bold** a_b_é and a_b, _ _it_ __u__ ~~s~~ ||x|| `c` ```b```",
        "<@1> <@&1> <#1> <:a:1> </say:1> <t:1:R> <id:home>",
        "# Big\n## Less\n-# small\n- one\n+ two\n* three\n1. four\n2) five\n> six\n>>> seven\n  - eight",
        "12345678901. nine\n\u3000# ten",
        "\\https://a.example \\* \\\\<@1>",
    ],
)
def test_typed_text_is_shown_as_it_is_and_not_live(text: str) -> None:
    for written in (plain(text), quoted(text), re.sub("^> ", "", quote(text), flags=re.MULTILINE)):
        assert not read(written).live
    assert read(f"Ask {plain(text)}").shown == f"Ask {text}"
    assert _lines(read(quote(text)).shown) == _lines(text)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("text", ["Mr. Smith, 3.5 and/or 4:30", "-5 degrees", "#1", "a - b", "clip.wav"])
def test_ordinary_text_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("name", ["#", "##", "-", "+", "-#", "1.", "12)", " #"])
def test_a_name_begins_no_heading_and_no_list_with_the_words_behind_it(name: str) -> None:
    assert read(f"{plain(name)} is not here").shown == f"{name} is not here".lstrip()


@pytest.mark.parametrize("sign", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_name_does_not_turn_the_words_behind_it(sign: str) -> None:
    assert plain(f"{sign}Ann{sign}") == "Ann"


@pytest.mark.parametrize("sign", "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
def test_what_begins_a_line_or_is_not_shown_is_a_blank(sign: str) -> None:
    assert plain(f"https:{sign}//a.example{sign}# b") == "https: //a.example # b"
    assert in_label(f"a{sign}b\nc\u202e") == "a b c"


def test_each_line_of_a_quote_is_one_of_discords_lines() -> None:
    assert quote("a\u2028# b\n- c") == "> a\n> \\# b\n> \\- c"


PIECES = [
    "http",
    "https",
    "s",
    ":",
    "//",
    "/",
    "www",
    ".",
    "discord",
    "gg",
    "com",
    "invite",
    "x",
    "\\",
    "<",
    ">",
    "@",
    "1",
]


@given(st.lists(st.sampled_from([*PIECES, "[", "](", "_", "*", "é", "\n", "- ", "# ", " "]), max_size=30).map("".join))
def test_nothing_that_is_typed_is_live(text: str) -> None:
    assert not read(plain(text)).live
    assert read(f"Ask {plain(text)} now").shown == f"Ask {text} now"


MENTIONS = {"say": "</say:7>", "voice create": "</voice create:8>"}


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("`/say` and `/voice create`.", "</say:7> and </voice create:8>."),
        ("`/server` is not a command, `/healthz` neither", "`/server` is not a command, `/healthz` neither"),
        ("`/say text`", "`/say text`"),
        (plain("`/say` </say:7>"), plain("`/say` </say:7>")),
        (plain("\\`/say`"), plain("\\`/say`")),
        (f"`/say` {'x' * 30}", f"`/say` {'x' * 30}"),
    ],
)
def test_commands_are_mentioned_where_there_is_room(written: str, sent: str) -> None:
    assert mentioning_commands(written, MENTIONS, most=36) == sent
    assert naming_commands(sent) == written


@given(st.text(st.sampled_from("ab1 \\*_~`|[]<>:/#-+.)(\n@>w"), max_size=60))
def test_a_quoted_text_can_be_read_again(text: str) -> None:
    assert unquoted(quote(text)) == "\n".join(text.splitlines())
