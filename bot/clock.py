"""The time, and waiting for it: handed over like any other part, so that a day can pass in a test."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
    """Wall-clock time in milliseconds since 1970 in UTC."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> int:
        """Milliseconds of a clock that nobody can set: for how long something takes or lasts."""
        return time.monotonic_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Return after so much time, whatever becomes of the hour that the machine shows meanwhile."""
        await asyncio.sleep(seconds)

    def lead(self) -> int:
        """How far `now` is ahead of `monotonic`; less than before when the clock was set back."""
        return self.now() - self.monotonic()

    @asynccontextmanager
    async def at_most(self, seconds: float) -> AsyncGenerator[None]:
        """Break the block off with TimeoutError when its time is over."""
        async with asyncio.timeout(None) as timeout:
            watch = asyncio.create_task(self._end_after(seconds, timeout), name="deadline")
            try:
                yield
            finally:
                watch.cancel()

    async def _end_after(self, seconds: float, timeout: asyncio.Timeout) -> None:
        await self.sleep(seconds)
        timeout.reschedule(0)

    def today(self) -> str:
        """The UTC day as `2026-11-23`."""
        return day_of(self.now())


def day_of(moment: int) -> str:
    """The UTC day in which a moment lies."""
    return datetime.fromtimestamp(moment / SECOND, UTC).date().isoformat()


def next_day(moment: int) -> int:
    """The UTC midnight that ends the day in which a moment lies."""
    return (moment // DAY + 1) * DAY


class Alarm:
    """Wakes a loop before its time when new work has come in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait_until(self, moment: int) -> None:
        """Return at `moment`, or when the alarm rings; a ring while nobody waits counts for the next wait."""
        waits = (
            asyncio.ensure_future(self._rung.wait()),
            asyncio.ensure_future(self._clock.sleep(max(0, moment - self._clock.now()) / SECOND)),
        )
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        self._rung.clear()
