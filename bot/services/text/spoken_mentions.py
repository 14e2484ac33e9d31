"""Puts mentions, custom emoji, commands and timestamps into words, as a person who reads them aloud would."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.services.text.spoken_characters import bare_name

_MENTION = re.compile(
    r"<@!?(?P<user>[0-9]{1,20})>"
    r"|<@&(?P<role>[0-9]{1,20})>"
    r"|<#(?P<channel>[0-9]{1,20})>"
    r"|<a?:(?P<emoji>\w{1,64}):[0-9]{1,20}>"
    r"|</(?P<command>[^<>:\n]{1,200}):[0-9]{1,20}>"
    r"|<id:(?P<page>customize|browse|guide|home|linked-roles)(?::[0-9]{1,20})?>"
    r"|<t:(?P<moment>-?[0-9]{1,20}(?::[A-Za-z])?)>"
    r"|@(?P<crowd>everyone|here)"
)
_WRITTEN_SIGN = re.compile(r"(?<![\w@#])[@#](?=[^\W\d_])")
_WRITTEN_EMOJI = re.compile(r"(?<!\w):([^\W\d_]\w{1,63}):(?!\w)")
_PAGES = {  # as Discord's clients show them
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "home": "Server Guide",
    "linked-roles": "Linked Roles",
}
_CROWDS = {"everyone": "everyone", "here": "everyone here"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = (
    ("year", 365.25 * 86_400),
    ("month", 30.44 * 86_400),
    ("week", 7 * 86_400.0),
    ("day", 86_400.0),
    ("hour", 3600.0),
    ("minute", 60.0),
    ("second", 1.0),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OPENING = "([{\"'“‘«*_~|`"
_CLOSING = ")]}\"'’”».,;:!?…*_~|`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """The names of what a text mentions, by id, from the interaction's resolved data. Any of them may be missing."""

    users: Mapping[int, str] = field(default_factory=dict[int, str])
    roles: Mapping[int, str] = field(default_factory=dict[int, str])
    channels: Mapping[int, str] = field(default_factory=dict[int, str])


def say_mentions(text: str, mentions: Mentions, now: datetime) -> str:
    """Replace every mention, custom emoji, command, page and timestamp with words.

    The words cannot form new syntax with what stands beside them: names lose every sign that means something, and
    `set_in` puts blanks around them.
    """
    said: dict[str, str] = {}  # a text may hold one mention a thousand times

    def words(match: re.Match[str]) -> str:
        if match[0] not in said:
            said[match[0]] = _in_words(match, mentions, now)
        return set_in(match, said[match[0]])

    return _MENTION.sub(words, text)


def written_mentions(text: str, mentions: Mentions, now: datetime) -> str:
    """Return the text with every mention as its reader knows it, such as `@Ann`, `#general`, `:wave:` or `/say`.

    For text that is shown where mentions may not be live.
    """
    return _MENTION.sub(lambda match: _as_written(match, mentions, now), text)


def unsigned_mentions(text: str) -> str:
    """Return a text that `written_mentions` made without the signs of mentions, which would be read aloud.

    What only looks like a mention loses its sign, too.
    """
    return _WRITTEN_EMOJI.sub(r"\1", _WRITTEN_SIGN.sub("", text))


def _as_written(match: re.Match[str], mentions: Mentions, now: datetime) -> str:
    kind = match.lastgroup or "crowd"
    said = match[kind]
    match kind:
        case "user":
            return f"@{mentions.users.get(int(said)) or 'someone'}"
        case "role":
            return f"@{mentions.roles.get(int(said)) or 'a role'}"
        case "channel":
            return f"#{mentions.channels.get(int(said)) or 'a channel'}"
        case "emoji":
            return f":{said}:"
        case "command":
            return f"/{said}"
        case "page":
            return f"#{_PAGES[said]}"
        case "moment":
            return _moment(said, now)
        case _:
            return match[0]


def set_in(match: re.Match[str], words: str) -> str:
    """Return the words for a match, with a blank on each side where neither a blank nor punctuation stands."""
    start, end = match.span()
    before, after = match.string[max(start - 1, 0) : start], match.string[end : end + 1]
    left = "" if not before or before.isspace() or before in _OPENING else " "
    right = "" if not after or after.isspace() or after in _CLOSING else " "
    return f"{left}{words}{right}"


def _in_words(match: re.Match[str], mentions: Mentions, now: datetime) -> str:
    kind = match.lastgroup or "crowd"
    said = match[kind]
    named = {
        "user": (mentions.users, "someone"),
        "role": (mentions.roles, "a role"),
        "channel": (mentions.channels, "a channel"),
    }
    if kind in named:
        names, unknown = named[kind]
        return bare_name(names.get(int(said), "")) or unknown
    match kind:
        case "emoji":
            return bare_name(said) or "an emoji"
        case "command":
            return f"slash {bare_name(said)}".rstrip()
        case "page":
            return _PAGES[said]
        case "moment":
            return _moment(said, now)
        case _:
            return _CROWDS[said]


def _moment(said: str, now: datetime) -> str:
    """Put `1700000000` or `1700000000:R` into words. Times are in UTC, since listeners are in many time zones."""
    seconds, _, style = said.partition(":")
    try:
        moment = _EPOCH + timedelta(seconds=int(seconds))
    except OverflowError:
        return "some time"
    date = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    time = f"{moment.hour}:{moment.minute:02} UTC"
    match style:
        case "t" | "T":
            return time
        case "d" | "D":
            return date
        case "F":
            return f"{_DAYS[moment.weekday()]}, {date} at {time}"
        case "R":
            return _distance((moment - now).total_seconds())
        case _:
            return f"{date} at {time}"


def _distance(seconds: float) -> str:
    """Say how far away a moment is, in the largest unit that fits: "in 3 days", "an hour ago"."""
    for unit, length in _UNITS:
        count = round(abs(seconds) / length)
        if count and abs(seconds) >= length * 0.95:
            amount = f"{count} {unit}s" if count > 1 else f"{'an' if unit == 'hour' else 'a'} {unit}"
            return f"in {amount}" if seconds > 0 else f"{amount} ago"
    return "now"
