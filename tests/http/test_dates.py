"""Whatever stands where a date should stand is read as a moment or as none."""

from datetime import UTC, datetime

import pytest

from bot.http.dates import http_date

MOMENT = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 21 Oct 2026 07:28:00 GMT",
        "Wed, 21 Oct 2026 07:28:00 -0000",  # of which Python makes a moment of this machine's time zone
        "Wed, 21 Oct 2026 09:28:00 +0200",
    ],
)
def test_a_date_is_a_moment_in_utc(text: str) -> None:
    assert http_date(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "12",
        "Wed, 99 Oct 2026 99:99:99 GMT",
        "Wed, 21 Oct 999999 07:28:00 GMT",
        "Wed, 21 Oct 2026 07:28:00 +9999",
        "Wed, 21 Oct 2026 07:28:00 +99999999999999",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "," * 9000,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert http_date(text) is None
