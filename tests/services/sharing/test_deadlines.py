"""The end of a share is read as people type it."""

from datetime import UTC, datetime

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.errors import UserError
from bot.services.sharing.deadlines import DeadlineOutOfRange, UnclearDeadline, deadline, suggested_deadlines

NOW = int(datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("2 hours", 2 * HOUR),
        ("3d", 3 * DAY),
        ("1 week 2 days", 9 * DAY),
        (" For 1 DAY, 2h and 5 min ", DAY + 2 * HOUR + 5 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("1 month", 30 * DAY),
        ("5 years", 5 * 365 * DAY),
        ("2026-11-24 12:00", DAY),
        ("2026-11-24T12:00Z", DAY),
        ("2026-11-23", 12 * HOUR - MINUTE),
    ],
)
def test_durations_and_dates_are_understood(typed: str, length: int) -> None:
    assert deadline(typed, NOW) - NOW == length


@pytest.mark.parametrize(
    "typed", ["", "soon", "2", "2 moons", "59 seconds", "hours 2", "-1 day", "2026-02-30", "2026-12-24 25:00"]
)
def test_a_text_that_is_no_duration_is_refused(typed: str) -> None:
    with pytest.raises(UnclearDeadline):
        deadline(typed, NOW)


@pytest.mark.parametrize("typed", ["0 days", "2026-11-22", "6 years", "9999-12-31", "999999 weeks"])
def test_a_moment_that_is_past_or_too_far_away_is_refused(typed: str) -> None:
    with pytest.raises(DeadlineOutOfRange):
        deadline(typed, NOW)


def test_every_suggestion_is_understood() -> None:
    assert suggested_deadlines("", NOW) == ["1 hour", "1 day", "1 week", "30 days"]
    assert suggested_deadlines("1 d", NOW) == ["1 d", "1 day"]
    assert suggested_deadlines("0", NOW) == suggested_deadlines("2026-13", NOW) == []


@pytest.mark.parametrize("typed", ["9" * 5000 + " days", "٣ days", "1 day\x00", "²h", "0000-00-00", "1 day " * 10])
def test_hostile_text_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(UserError):
        deadline(typed, NOW)
