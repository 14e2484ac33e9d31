"""Turns the markdown of a Discord message into lines for a terminal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_SYNTAX = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|<@!?(?P<user>\d+)>"
    r"|</(?P<command>[\w -]+):\d+>"
    r"|<t:(?P<moment>\d+)(?::(?P<style>\w))?>"
    r"|\*\*|`"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message; if it is wrapped, it goes on under its first letter after `mark`."""

    text: str
    mark: str = ""
    is_small: bool = False


def as_read(text: str, *, names: Mapping[int, str], now: float) -> list[Line]:
    """Return the message without its markdown; `names` are those of people who may be mentioned, `now` in seconds."""
    return [_line(line, names, now) for line in text.splitlines()]


def _line(line: str, names: Mapping[int, str], now: float) -> Line:
    for start, mark in (("- ", "• "), ("> ", "│ "), ("  ", "  ")):
        if line.startswith(start):
            return Line(_inline(line.removeprefix(start), names, now), mark=mark)
    return Line(_inline(line.removeprefix("-# "), names, now), is_small=line.startswith("-# "))


def _inline(text: str, names: Mapping[int, str], now: float) -> str:
    def shown(match: re.Match[str]) -> str:
        if match["escaped"]:
            return match["escaped"]
        if match["user"]:
            return "@" + names.get(int(match["user"]), "unknown")
        if match["command"]:
            return "/" + match["command"]
        if match["moment"]:
            return _moment(int(match["moment"]), match["style"], now)
        return ""

    return _SYNTAX.sub(shown, text)


def _moment(seconds: int, style: str | None, now: float) -> str:
    if style == "R":
        away = round(abs(seconds - now))
        amount = f"{away} seconds" if away < 60 else f"{round(away / 60)} minutes"
        return f"in {amount}" if seconds > now else f"{amount} ago"
    local = datetime.fromtimestamp(seconds, UTC).astimezone()
    return f"{local:%H:%M}" if local.date() == datetime.now(UTC).astimezone().date() else f"{local:%d %B %H:%M}"
