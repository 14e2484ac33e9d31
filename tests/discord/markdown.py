"""Reads a message as Discord's clients do: what a person sees of it, and what in it can be clicked or calls somebody.

It knows nothing of how the bot escapes. Where clients differ, it takes what any of them would make live.
"""

import re
from dataclasses import dataclass, field

# In the order in which the clients try them. `\w` and `\b` are those of JavaScript.
_INLINE = re.compile(
    r"(?P<escape>\\[^0-9A-Za-z\s])"
    r"|(?P<code>(?P<ticks>`+)(?P<in_code>[\s\S]*?[^`])(?P=ticks)(?!`))"
    r"|(?P<masked>\[(?P<in_masked>(?:[^\[\]\\]|\\.)+)\]\(\s*<?(?P<target>[^\s<>()]+)>?[^)]*\))"
    r"|(?P<link><?\b[a-z][a-z0-9+.-]*://[^\s<>]*[^\s<>.,:;\"'\]]>?|\bwww\.\w[^\s<]*)"
    r"|(?P<mention><(?:@[!&]?|#)[0-9]+>|<id:\w+(?::[0-9]+)?>|</[^<>:\n]+:[0-9]+>)"
    r"|(?P<moment><t:-?[0-9]+(?::[a-z])?>)"
    r"|(?P<emoji><a?:\w+:[0-9]+>)"
    r"|(?P<address><(?:(?:mailto|tel|sms):[+\w.@-]+|[+\w.-]+@[\w.-]+)>)"
    r"|(?P<turned>\*\*(?P<strong>(?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"
    r"|__(?P<underlined>(?:\\[\s\S]|[^\\])+?)__(?!_)"
    r"|_(?P<slanted>(?:__|\\[\s\S]|[^\\_])+?)_\b"
    r"|_(?P<slanted_at_end>(?:__|\\[\s\S]|[^\\_])+?)_(?!\w)"
    r"|\*(?=\S)(?P<starred>(?:\*\*|\\[\s\S]|[^\\*])+?)\*(?!\*)"
    r"|~~(?P<struck>[\s\S]+?)~~"
    r"|\|\|(?P<spoiler>[\s\S]+?)\|\|)",
    re.ASCII | re.IGNORECASE,
)
_LINE_START = re.compile(r"[ ]*(?:-?#{1,3}|[-*+]|[0-9]+[.)]|>(?:>>)?)[^\S\n]+(?=[^\n])")
_FENCE = re.compile(r"```(?:[a-z0-9_+.#-]+\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
_TEXT = re.compile(r"[0-9A-Za-z\u00c0-\uffff]+(?![0-9A-Za-z+.-]*://)|[\s\S]")

# Servers look for these wherever they stand.
_INVITE = re.compile(
    r"\bdiscord(?:app)?\.(?:gg|gift|new|com/(?:invite|channels|events|gifts))/\w[\w/-]*", re.IGNORECASE
)
_LOOKS = ("strong", "underlined", "slanted", "slanted_at_end", "starred", "struck", "spoiler")


@dataclass(slots=True)
class Reading:
    """A message as it is seen, without the signs that only change how it looks."""

    shown: str = ""
    live: list[str] = field(default_factory=list[str])  # links, invites, mentions, emoji, timestamps, as they were sent


def read(content: str) -> Reading:
    """Return how a message reads. The clients change line ends, drop form feeds, and show no blanks around it."""
    text = content.strip().replace("\r\n", "\n").replace("\r", "\n").replace("\f", "").replace("\t", "    ")
    reading = Reading(live=[match[0] for match in _INVITE.finditer(text)])
    _read(text, reading, is_line_start=True)
    return reading


def _read(text: str, reading: Reading, *, is_line_start: bool) -> None:
    at = 0
    while at < len(text):
        if fence := _FENCE.match(text, at):
            reading.shown += fence[1]
            at = fence.end()
        elif is_line_start and (start := _LINE_START.match(text, at)):
            at = start.end()  # such as a quote's, before that of a heading in it
            continue
        elif (sign := _INLINE.match(text, at)) and not _is_inside_word(text, sign):
            _read_sign(sign, reading)
            at = sign.end()
        else:
            letters = _TEXT.match(text, at)
            assert letters
            reading.shown += letters[0]
            at = letters.end()
        is_line_start = text[at - 1] == "\n"


def _is_inside_word(text: str, sign: re.Match[str]) -> bool:
    """Return whether this is an address that begins in the middle of a word."""
    return sign.lastgroup == "link" and sign.start() > 0 and text[sign.start() - 1].isalnum()


def _read_sign(sign: re.Match[str], reading: Reading) -> None:
    if sign["escape"]:
        reading.shown += sign["escape"][1]
    elif sign["code"]:
        reading.shown += sign["in_code"]
    elif sign["masked"]:
        reading.live.append(sign[0])
        _read(sign["in_masked"], reading, is_line_start=False)
    elif sign["turned"]:
        inside = next(sign[name] for name in _LOOKS if sign[name] is not None)
        _read(inside, reading, is_line_start=False)
    else:
        reading.live.append(sign[0])
        reading.shown += sign[0]
