"""How names and times are written in a sentence for a person."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import assert_never

from bot.clock import SECOND
from bot.models import Audience, AudienceKind

# Discord's markdown; an underscore inside a word means nothing to it.
_MARKDOWN = re.compile(r"[\\*~`|\[\]<>]|(?<![^\W_])_|_(?![^\W_])")


def plain(text: str) -> str:
    """Text that a person typed, so that Discord shows it as it is."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def sentence(text: str) -> str:
    """The text with an end: a service's reasons come with and without one."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def quoted(name: str) -> str:
    return f"“{plain(name)}”"


def person(member_id: int, name: str) -> str:
    """Somebody in a server's log: the name as it was, and a mention that stays right when it changes."""
    return f"{plain(name)} (<@{member_id}>)"


def listed(names: Iterable[str], *, most: int = 10) -> str:
    """Names in quotes, with commas, cut after `most`."""
    shown = [quoted(name) for name in names]
    rest = len(shown) - most
    return ", ".join(shown[:most]) + (f" and {rest} more" if rest > 0 else "")


def audience_words(audience: Audience, *, whole_server: str = "this server") -> str:
    """Whom something is shared with; a role or a member as a mention, which pings nobody where that is not allowed."""
    match audience.kind:
        case AudienceKind.SERVER:
            return whole_server
        case AudienceKind.ROLE:
            return f"<@&{audience.target_id}>"
        case AudienceKind.MEMBER:
            return f"<@{audience.target_id}>"
        case _:
            assert_never(audience.kind)


def moment(at: int) -> str:
    """A moment that every reader sees in their own time zone."""
    return f"<t:{at // SECOND}:f>"


def utc(at: int) -> str:
    """A moment where Discord shows no time zones: `24 Dec 2026, 18:30 UTC`."""
    time = datetime.fromtimestamp(at // SECOND, UTC)
    return f"{time.day} {time:%b %Y, %H:%M} UTC"


def distance(at: int) -> str:
    """How far away a moment is, counted down by Discord: "in 3 hours"."""
    return f"<t:{at // SECOND}:R>"


def message_link(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Where Discord jumps to a message; in a DM only for those who are in it."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def duration(seconds: float) -> str:
    """`12.4 seconds` or `2 min 5 s`."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def counted(number: int, noun: str) -> str:
    """`no voices`, `1 voice`, `2 voices`."""
    return f"{number or 'no'} {noun}" + ("" if number == 1 else "s")
