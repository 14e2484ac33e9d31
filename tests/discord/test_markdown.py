"""The reader of Discord's markdown, with which tests look for what is live, sees what clients make of a message."""

import pytest

from tests.discord.markdown import read


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("**a** *b* _c_ __d__ ~~e~~ ||f|| `g` ***h***", "a b c d e f g h"),
        ("snake_case_name, 2 * 3 * 4", "snake_case_name, 2 * 3 * 4"),
        ("a_b_\u00e9", "ab\u00e9"),  # in JavaScript, a word ends before a letter that is not ASCII
        ("\\*a\\* \\_b\\_ \\`c\\` \\|\\|d\\|\\|", "*a* _b_ `c` ||d||"),
        ("\\\\*a*", "\\a"),
        ("# a\n## b\n-# c\n- d\n* e\n1. f\n12345678901. g\n> h\n>>> i", "a\nb\nc\nd\ne\nf\ng\nh\ni"),
        ("\\# a\n\\- b\n1\\. c\n\\> d\n#e\n-5", "# a\n- b\n1. c\n> d\n#e\n-5"),
        ("a\r# b", "a\nb"),
        ("> # a", "a"),
        ("\u3000# a", "a"),
        ("```\na **b**```", "a **b**"),
        ("**“*a*”**", "“a”"),
    ],
)
def test_markdown_is_not_shown_and_what_is_escaped_is(sent: str, shown: str) -> None:
    assert read(sent).shown == shown
    assert not read(sent).live


@pytest.mark.parametrize(
    "live",
    [
        *("https://a.example/x", "HTTP://a.example", "<https://a.example>", "steam://run/1", "www.a.example"),
        *("discord.gg/abc", "DISCORD.GG/abc", "discord.com/invite/abc", "discord.gift/abc"),
        *("[b](https://a.example)", "[b](<https://a.example>)", "<mailto:a@b.example>"),
        *("<@1>", "<@!1>", "<@&1>", "<#1>", "</say:1>", "<id:home>", "<t:1>", "<t:1:R>", "<:x:1>", "<a:x:1>"),
    ],
)
def test_what_can_be_clicked_is_found_wherever_it_stands(live: str) -> None:
    for sent in (live, f"**{live}**", f"> {live}", f"-# a \\\\{live}", f"||a {live}||"):
        assert live in read(sent).live


@pytest.mark.parametrize(
    "dead",
    [
        *(
            "https\\://a.example/x",
            "\\<@1\\>",
            "\\[b\\](https\\://a.example)",
            "`<@1>`",
            "\\<t:1:R\\>",
            "discord\\.gg/abc",
        ),
        *("https:\u2063//a.example", "a/b", "St. Ann", "<b>", "`https://a.example`"),
    ],
)
def test_what_is_escaped_is_not_live(dead: str) -> None:
    assert not read(dead).live
