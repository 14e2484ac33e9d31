"""A doubted time is confirmed by two answers of Discord's that agree, and by nothing else."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.services.common.alerts import AlertService
from bot.services.common.timekeeping import Timekeeping
from bot.storage import build_stores
from bot.storage.engine.database import Database
from tests.services.common.test_clock import WrongClock, real_now


class Host:
    """A bot on a machine whose clock is set, and what Discord's answers say about the time."""

    def __init__(self, database: Database) -> None:
        self.clock = WrongClock()
        stores = build_stores(database)
        self.timekeeping = Timekeeping(stores.last_seen, AlertService(stores.alerts, self.clock), self.clock)

    async def looks(self, *dates: str) -> None:
        """Look at the time while each answer has the next of these dates, and further answers have none."""
        left = list(dates)

        async def ask() -> None:
            if left:
                self.timekeeping.hear(left.pop(0))

        await self.timekeeping.look(ask)

    def is_right(self) -> bool:
        return abs(self.clock.now() - real_now()) < MINUTE


def date(*, ahead: timedelta = timedelta()) -> str:
    return format_datetime(datetime.now(UTC) + ahead, usegmt=True)


@pytest.fixture
async def host(database: Database) -> Host:
    host = Host(database)
    await host.looks()
    return host


@pytest.mark.parametrize("leap", [DAY, 30 * DAY, 365 * DAY, -DAY, -365 * DAY, 3 * HOUR])
async def test_two_answers_that_agree_are_believed(host: Host, leap: int) -> None:
    host.clock.wrong = leap
    await host.looks(date())
    assert (host.clock.is_doubted, host.is_right()) == (True, True)
    await host.looks(date(), date())
    assert (host.clock.is_doubted, host.is_right()) == (False, True)


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "0",
        "yesterday",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
    ],
)
async def test_odd_dates_are_never_believed(host: Host, odd: str) -> None:
    host.clock.wrong = 365 * DAY
    await host.looks(odd, odd)
    await host.looks(odd, odd)
    assert (host.clock.is_doubted, host.is_right()) == (True, True)


async def test_one_answer_that_is_wrong_is_not_believed(host: Host) -> None:
    host.clock.wrong = 365 * DAY
    await host.looks(date(ahead=timedelta(days=400)), date())
    assert (host.clock.is_doubted, host.is_right()) == (True, True)


async def test_a_start_with_a_clock_that_is_a_day_ahead_goes_on_from_before(database: Database) -> None:
    await Host(database).looks()
    host = Host(database)
    host.clock.wrong = DAY
    await host.timekeeping.resume()
    assert (host.clock.is_doubted, host.is_right()) == (True, True)


@pytest.mark.parametrize("wrong", [MINUTE, 90 * MINUTE, -90 * MINUTE])
async def test_processes_on_one_server_go_by_its_clock(database: Database, engine: str, wrong: int) -> None:
    """Else one that is half an hour ahead ends the drafts that another one has just stored."""
    await Host(database).looks()
    host = Host(database)
    host.clock.wrong = wrong
    await host.timekeeping.resume()
    is_shared = engine == "postgresql"
    assert (host.clock.is_doubted, abs(host.clock.now() - real_now()) < SECOND) == (False, is_shared)
    host.clock.wrong = 0  # somebody sets it right
    await host.looks()
    assert abs(host.clock.now() - real_now()) < SECOND
