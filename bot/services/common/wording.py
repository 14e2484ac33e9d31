"""Writes names and times for sentences that people read."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import assert_never

from bot.clock import SECOND
from bot.models.sharing import Audience, AudienceKind

MOST_LISTED = 10

# Where Discord would see markdown, a mention, a link or an invite. Each alternative looks at a bounded number of
# characters, so that a text of any length takes one pass.
_ESCAPED = {sign: f"\\{sign}" for sign in r"\*_~`|[]<>"}
_LEFT_OUT = dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "")  # turn what is read after them
_BLANK = dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " ")  # begin a line, or are left out by clients
_ALWAYS_CHANGED = str.maketrans(_ESCAPED | _LEFT_OUT | _BLANK)
_IN_LABEL = str.maketrans({**_LEFT_OUT, **_BLANK, "\n": " "})
_LIVE = re.compile(
    r"(?=://)"
    r"|(?<=[wW]{3})(?=\.)"
    r"|(?<=\w)(?=\.\w{2,24}/)"  # `discord.gg/…` is an invite without `https://` too
)
_LINE_START = re.compile(  # of a list, a heading or small print
    r"^([^\S\n]*+(?:[0-9]++(?=[.)]))?+)(?=[-+#.)](?:[\s#]|\Z))", re.MULTILINE
)

# A command as our sentences name it. What members typed holds no such thing, since `plain` escapes the marks.
_COMMAND = re.compile(r"(?<!\\)`/([a-z]+(?: [a-z]+){0,2})`")
_MENTION = re.compile(r"</([a-z]+(?: [a-z]+){0,2}):[0-9]+>")


def plain(text: str) -> str:
    """Escape text that a person typed, so that Discord shows it as it is, without markdown, links, invites or mentions.

    Signs that turn the reading direction are left out: they would turn our words behind a name, too.
    `@everyone` stays as it is: no message of the bot is allowed to ping everyone.
    """
    live = _LIVE.sub(r"\\", text.translate(_ALWAYS_CHANGED))
    return _LINE_START.sub(r"\1\\", live)


def in_label(text: str) -> str:
    """Return a text that a person typed for a button, a menu or a suggestion, where Discord reads no markdown."""
    return text.translate(_IN_LABEL)


def quote(text: str) -> str:
    """Escape a text that a person typed, and make it a block quote."""
    lines = plain("\n".join(text.splitlines()))
    return f"> {lines}".replace("\n", "\n> ") if text else ""


def unquoted(text: str) -> str:
    """Return the text in a block quote that `quote` made."""
    lines = "\n".join(line.removeprefix("> ") for line in text.splitlines())
    return "\\".join(between.replace("\\", "") for between in lines.split("\\\\"))


def mentioning_commands(text: str, mentions: Mapping[str, str], *, most: int) -> str:
    """Make the commands that a message names clickable: `/say` in backquotes becomes Discord's mention of it.

    A command without a mention stays as it is, and so does a text that would get longer than `most` characters.
    """
    clickable = _COMMAND.sub(lambda named: mentions.get(named[1], named[0]), text)
    return clickable if len(clickable) <= most else text


def naming_commands(text: str) -> str:
    """Return a message as it was before `mentioning_commands`."""
    return _MENTION.sub(r"`/\1`", text)


def sentence(text: str) -> str:
    """End a text with a full stop, unless it has one: some services' reasons do, and some do not."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def quoted(name: str) -> str:
    return f"“{plain(name)}”"


def person(member_id: int, name: str) -> str:
    """Write a member for a server's log: the name at the time, and a mention, which follows later changes."""
    return f"{plain(name)} (<@{member_id}>)"


def listed(names: Iterable[str]) -> str:
    """List names in quotation marks; after `MOST_LISTED` of them, say how many are left."""
    shown = [quoted(name) for name in names]
    rest = len(shown) - MOST_LISTED
    return ", ".join(shown[:MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def audience_words(audience: Audience, *, whole_server: str = "this server") -> str:
    """Name an audience; a role or a member by a mention. The message must not allow it to ping."""
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
    """Write a moment as Discord's timestamp, which each reader sees in their own time zone."""
    return f"<t:{at // SECOND}:f>"


def utc(at: int) -> str:
    """Write a moment in UTC, for texts in which Discord shows no timestamps: `24 Dec 2026, 18:30 UTC`."""
    time = datetime.fromtimestamp(at // SECOND, UTC)
    return f"{time.day} {time:%b %Y, %H:%M} UTC"


def distance(at: int) -> str:
    """Write a moment as Discord's relative timestamp, such as "in 3 hours"."""
    return f"<t:{at // SECOND}:R>"


def message_link(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Return the address of a message. One in a DM opens only for the two people in it."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def duration(seconds: float) -> str:
    """Write a duration: `12.4 seconds` or `2 min 5 s`."""
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def counted(number: int, noun: str) -> str:
    """Write a count: `no voices`, `1 voice`, `2 voices`."""
    return f"{number or 'no'} {noun}" + ("" if number == 1 else "s")


def sample_not_used(voice_name: str, reason: str) -> str:
    """Write what the owner of a voice is told of a new sample for it that cannot be used."""
    return (
        f"The new sample of {quoted(voice_name)} can't be used. {plain(reason)} Nothing has changed: the voice "
        "speaks as before. `/voice update` takes another sample."
    )
