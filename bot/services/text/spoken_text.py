"""Turns a typed text into what a voice says: what Discord would draw becomes words."""

import re
from datetime import UTC, datetime

from bot.services.text.spoken_characters import can_be_said, clean_characters
from bot.services.text.spoken_mentions import Mentions, say_mentions, set_in

_MASKED_LINK = re.compile(
    r"\[([^\[\]\n]+)\]"
    r"\(<?https?://(?:[^\s<>()\[\]]|\([^\s<>()\[\]]*\))*>?(?:\s+\"[^\"\n]*\")?\)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"<(?P<quiet>https?://[^\s<>]+)>|(?P<open>https?://[^\s<>]*[^\s<>.,;:!?)\]}'\"*_~|`])", re.IGNORECASE
)
_END_OF_HOST = re.compile(r"[/?#\\]")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_PROTECTED = "*_~|`#>-[]()\\"  # signs of markdown, which a backslash makes ordinary ones
_PRIVATE = 0xE000  # protected signs wait here; `clean_characters` lets none of these through
_CODE_BLOCK = re.compile(r"```(?:[\w+#.-]*\n)?(.*?)```", re.DOTALL)
_BACKTICKS = re.compile(r"(?<![\d`])`+|(?<!`)`+(?![\d`])")  # not between two digits
_LINE_STARTS = re.compile(r"^[ \t]*(?:(?:#{1,3}|-#|>>>|>|[-*])[ \t]+)+", re.MULTILINE)
_STAR = r"(?:(?<![\d*])\*|\*(?![\d*]))"  # not between two digits
_PAIRS = (
    re.compile(r"\*\*(.+?)\*\*", re.DOTALL),
    re.compile(rf"{_STAR}(?=\S)([^*]+)(?<=\S){_STAR}"),
    re.compile(r"~~(.+?)~~", re.DOTALL),
    re.compile(r"\|\|(.+?)\|\|", re.DOTALL),
)
_UNDERSCORES = re.compile("_+")
_UNDERSCORES_IN_A_WORD = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")

# Fish Audio's own marks, such as `<|speaker:1|>`, also in wide signs that normalisation would make narrow.
_MARK = re.compile(r"[<＜﹤][|｜][^<＜﹤>＞﹥|｜]*[|｜][>＞﹥]|[<＜﹤][|｜]|[|｜][>＞﹥]")


def spoken(text: str, mentions: Mentions, *, now: datetime | None = None) -> str:
    """Return what a voice says for a typed text, or "" if there is nothing to say.

    Line breaks stay, as pauses, and so do cues such as `[whispering]`, which the engines understand. The result
    may be longer than the text, as a name may be longer than its mention. Relative timestamps count from `now`; by
    default, that is the present.
    """
    moment = now or datetime.now(UTC)
    words = _protect_escaped(clean_characters(text))
    words = _LINK.sub(_link_in_words, _MASKED_LINK.sub(r"\1", words))
    words = say_mentions(words, mentions, moment)
    words = _unprotect(_without_markdown(words))
    words = say_mentions(words, mentions, moment)  # again, since markdown may have split some
    words = _MARK.sub(" ", clean_characters(words))  # a blank, so that no new one grows together
    lines = (" ".join(line.split()) for line in words.splitlines())
    words = "\n".join(filter(None, lines))
    return words if can_be_said(words) else ""


def _link_in_words(match: re.Match[str]) -> str:
    address = (match["quiet"] or match["open"]).split("://", maxsplit=1)[1]
    authority = _END_OF_HOST.split(address, maxsplit=1)[0]
    host = authority.rpartition("@")[2].partition(":")[0].lower().removeprefix("www.")
    readable = can_be_said(host) and all(character.isalnum() or character in ".-" for character in host)
    return set_in(match, f"a link to {host}" if readable else "a link")


def _protect_escaped(text: str) -> str:
    """Hide signs that have a backslash in front of them from the search for markdown, and remove the backslashes."""
    return _ESCAPED.sub(lambda match: chr(_PRIVATE + ord(match[1])) if match[1] in _PROTECTED else match[1], text)


def _unprotect(text: str) -> str:
    return text.translate({_PRIVATE + ord(sign): sign for sign in _PROTECTED})


def _without_markdown(text: str) -> str:
    """Remove the signs of markdown. Signs that stand alone, as in "5 * 3", are none and stay."""
    if "`" in text:
        text = _BACKTICKS.sub("", _CODE_BLOCK.sub(_inside, text))
    text = _LINE_STARTS.sub("", text)
    for pair in _PAIRS:
        text = pair.sub(_inside, text)
    if "_" not in text:
        return text
    # A blank inside `snake_case` and nothing around _emphasised_ words, so that no voice says "underscore".
    return _UNDERSCORES.sub("", _UNDERSCORES_IN_A_WORD.sub(" ", text))


def _inside(match: re.Match[str]) -> str:
    """Return what a pair of signs encloses, or all of it if both stand between digits, as in "2**3**4"."""
    text, (start, end), (first, last) = match.string, match.span(), match.span(1)
    around = (
        (text[max(start - 1, 0) : start], text[first], text[last - 1], text[end : end + 1]) if first < last else ("",)
    )
    return match[0] if all(map(str.isdecimal, around)) else match[1]
