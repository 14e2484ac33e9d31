"""Reads the end of a share as members type it: a duration or a date."""

import re
from datetime import UTC, datetime

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.errors import UserError
from bot.services.common.wording import counted

SHORTEST = MINUTE
LONGEST = 5 * 365 * DAY
LONGEST_TYPED = 50  # characters

_UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY}
_SHORT = {
    "m": "minute",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
    "y": "year",
}

_PIECE = re.compile(r"([0-9]{1,6})\s*([a-z]+)")
_DURATION = re.compile(rf"(?:(?:for|in)\s+)?{_PIECE.pattern}(?:(?:\s*,\s*|\s+and\s+|\s*){_PIECE.pattern})*")
_DATE = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:(?:\s+|t)(?P<time>[0-9]{1,2}:[0-9]{2}))?(?:\s*(?:utc|z))?")
_LAST_MINUTE = "23:59"  # a date without a time means the whole day

_SUGGESTED = ("1 hour", "1 day", "1 week", "30 days")
_SUGGESTED_UNITS = ("minutes", "hours", "days", "weeks")


class UnclearDeadline(UserError):
    def __init__(self) -> None:
        super().__init__(
            "I don't understand that time. Type how long, such as `2 hours` or `1 week 2 days`, or a date in UTC, "
            "such as `2026-12-24` or `2026-12-24 18:30`."
        )


class DeadlineOutOfRange(UserError):
    def __init__(self) -> None:
        least, most = counted(SHORTEST // MINUTE, "minute"), counted(LONGEST // (365 * DAY), "year")
        super().__init__(f"A share ends at least {least} and at most {most} from now. Choose another time.")


def deadline(typed: str, now: int) -> int:
    """Return the typed moment in milliseconds since 1970. Raises UnclearDeadline or DeadlineOutOfRange."""
    text = typed.strip().casefold()
    if len(text) > LONGEST_TYPED:
        raise UnclearDeadline
    if match := _DATE.fullmatch(text):
        at = _moment_of(match["day"], match["time"] or _LAST_MINUTE)
    elif _DURATION.fullmatch(text):
        at = now + sum(int(count) * _length_of(unit) for count, unit in _PIECE.findall(text))
    else:
        raise UnclearDeadline
    if not now + SHORTEST <= at <= now + LONGEST:
        raise DeadlineOutOfRange
    return at


def suggested_deadlines(typed: str, now: int) -> list[str]:
    """Complete what somebody has typed so far, in ways that `deadline` understands."""
    text = typed.strip()
    if text.isascii() and text.isdecimal():
        candidates = [f"{text} {unit}" for unit in _SUGGESTED_UNITS]
    elif not text:
        candidates = [*_SUGGESTED]
    else:
        candidates = [text, *(example for example in _SUGGESTED if example.startswith(text.casefold()))]
    return [each for each in dict.fromkeys(candidates) if _is_clear(each, now)]


def _is_clear(typed: str, now: int) -> bool:
    try:
        deadline(typed, now)
    except UserError:
        return False
    return True


def _moment_of(day: str, time: str) -> int:
    try:
        return int(datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()) * SECOND
    except ValueError:  # a 30th of February, or 25 o'clock
        raise UnclearDeadline from None


def _length_of(unit: str) -> int:
    """Return the milliseconds in a unit, which may be abbreviated or in the plural. Raises UnclearDeadline."""
    for name in (unit, unit.removesuffix("s")):
        if length := _UNITS.get(_SHORT.get(name, name)):
            return length
    raise UnclearDeadline
