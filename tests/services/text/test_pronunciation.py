"""Whole words are said as somebody has decided, and nothing else of a text changes."""

import pytest

from bot.errors import UserError
from bot.models.common import Pronunciation
from bot.services.text.pronunciation import MOST_PRONUNCIATIONS, as_lines, pronounced, pronunciation, read_lines

LIST = read_lines(
    """
    nginx = engine x
    GIF = jif
    ʻOkina = oh keena

    don't = do not
    straße=street
    हिन्दी = hindee
    é = ay
    naïve = nigh eve
    C = sea
    C++ = see plus plus
    C# = see sharp
    .NET = dot net
    @home = at home
    a.m. = in the morning
    AT&T = a tee and tee
    """
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nginx and Nginx, NGINX!", "engine x and engine x, engine x!"),
        ("nginxes, mynginx, nginx2", "nginxes, mynginx, nginx2"),
        ("nginx's 'gif' ’gif’ nginx-gif", "engine x's 'jif' ’jif’ engine x-jif"),
        ("Don’t, don't", "do not, do not"),
        ("STRASSE Straße", "street street"),
        ("हिन्दी हिन्दीका", "hindee हिन्दीका"),
        ("e\u0301 é", "ay ay"),
        ("[gif] a gif [like a gif", "[gif] a jif [like a jif"),
        ("line\ngif", "line\njif"),
        ("engine x", "engine x"),
        ("C++, c++ and 'C++'s' C", "see plus plus, see plus plus and 'see plus plus's' sea"),
        ("C++11, C+++, objc++, ++C++", "sea++11, sea+++, objc++, ++see plus plus"),
        ("C#? (.NET) ASP.NET ..NET .Net's", "see sharp? (dot net) ASP.NET ..NET dot net's"),
        ("@home, bob@home", "at home, bob@home"),
        ("5 a.m. at&t", "5 in the morning a tee and tee"),
        ("nai\u0308ve", "nigh eve"),
        ("''' ' ’", "''' ' ’"),
        ("", ""),
    ],
)
def test_whole_words_are_found_in_whatever_case(words: str, said: str) -> None:
    assert pronounced(words, LIST) == said


def test_what_is_said_is_not_looked_at_again_and_the_last_way_counts() -> None:
    ways = [pronunciation("a", "b"), pronunciation("b", "c"), pronunciation("A", "d")]
    assert pronounced("a b", ways) == "d c"
    assert pronounced("a b", []) == "a b"


def test_a_list_is_shown_as_it_is_typed() -> None:
    assert read_lines(as_lines(LIST)) == LIST
    assert read_lines(" \n") == ()
    assert LIST[1] == Pronunciation(word="GIF", spoken="jif")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nginx", "Line 2 has no “=”."),
        ("two words = one", "Line 2: “two words” is not one word."),
        (" = one", "Line 2: “” has no letter and no digit."),
        ("😀 = smile", "Line 2: “😀” has no letter and no digit. Signs and emoji by themselves are not said;"),
        ("+++ = plus", "has no letter and no digit."),
        ("'a = a", "Line 2: “'a” holds a sign that is no part of a word."),
        ("a[b] = c", "holds a sign that is no part of a word."),
        ("snake_case = snake", "is not said as you typed it, since Discord draws some of its signs."),
        ("@everyone = all", "is not said as you typed it"),
        ("https://x.org = x", "is not said as you typed it"),
        (f"{'a' * 51} = one", "is longer than 50 characters."),
        ("gif =", "Line 2: Write with letters how “gif” is said"),
        ("gif = [whispering] jif", "Line 2: Write with letters"),
        ("gif = (happy)", "Line 2: Write with letters"),
        ("gif = a <", "Line 2: Write with letters"),
        ("gif = a = b", "Line 2: Write with letters"),
        (f"gif = {'a' * 51}", "Line 2: How “gif” is said has at most 50 characters; yours has 51."),
        ("FIRST = other", "Line 2: “FIRST” stands in an earlier line already."),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(line: str, why: str) -> None:
    with pytest.raises(UserError) as refused:
        read_lines(f"first = one\n{line}")
    assert why in str(refused.value)


def test_a_list_has_an_end() -> None:
    lines = [f"w{number} = word" for number in range(MOST_PRONUNCIATIONS + 1)]
    assert len(read_lines("\n".join(lines[:-1]))) == MOST_PRONUNCIATIONS
    with pytest.raises(UserError, match="at most 100 words; these are 101"):
        read_lines("\n".join(lines))
    with pytest.raises(UserError, match="at most 4000 characters"):
        read_lines("a = b\n" * 1000)
