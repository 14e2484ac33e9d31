"""The time and waiting for it: a part that is handed over, so that a day can pass in a test."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

DOUBTED_FROM = 2 * HOUR  # of a leap: some things are kept for hours
BELIEVED_AFTER = DAY  # if nobody says what time it is


class Clock:
    """Wall-clock time in milliseconds since 1970 in UTC, which never leaps by more than two hours.

    If the machine's clock leaps, or is further away from when the bot last ran, time goes on from where it was until
    `hear` says what time it is. A wrong clock is then corrected, so nothing is deleted or ended before its time.
    """

    correction = 0  # milliseconds between the machine's time and ours
    step = 0  # milliseconds by which the machine's clock is behind the one that all processes go by
    _lead: int | None = None  # of the machine's time over `monotonic`, at the last look
    _known_lead = 0  # when it was last beyond doubt: small leaps add up
    _doubted_since: int | None = None  # by `monotonic`

    def now(self) -> int:
        monotonic = time.monotonic_ns() // 1_000_000
        before, self._lead = self._lead, self.machine() - monotonic
        if before is None:
            self._known_lead = self._lead
        elif self._doubted_since is not None:
            self.correction += before - self._lead
        elif abs(self._lead - self._known_lead) > DOUBTED_FROM:
            self._doubt(correction=self.correction + before - self._lead)
        if self._doubted_since is not None and monotonic - self._doubted_since > BELIEVED_AFTER:
            self._settle(correction=0)
        return self._lead + monotonic + self.correction

    def machine(self) -> int:
        """Return what the machine's clock shows, in step with the other processes."""
        return time.time_ns() // 1_000_000 + self.step

    def keep_step(self, shared: int) -> None:
        """Go by a clock that all processes share. A machine's clock that is further away is doubted, as any is."""
        away = shared - self.machine()
        if SECOND < abs(away) <= DOUBTED_FROM:
            self.step += away

    @property
    def is_doubted(self) -> bool:
        """Return whether the time must be confirmed from outside; without that, the machine is believed after a day."""
        self.now()
        return self._doubted_since is not None

    def resume(self, last_seen: int) -> None:
        """Go on from the time at which the bot last ran, if the machine's is far away from that."""
        away = self.now() - last_seen
        if abs(away) > DOUBTED_FROM:
            self._doubt(correction=self.correction - away)

    def hear(self, moment: int) -> None:
        """Take the time from somebody else's clock. It counts only while the machine's clock is doubted."""
        if self._doubted_since is not None:
            away = moment - (self.now() - self.correction)
            self._settle(correction=away if abs(away) > DOUBTED_FROM else 0)

    def _doubt(self, *, correction: int) -> None:
        self.correction, self._doubted_since = correction, time.monotonic_ns() // 1_000_000

    def _settle(self, *, correction: int) -> None:
        self.correction, self._doubted_since = correction, None
        if self._lead is not None:
            self._known_lead = self._lead

    def monotonic(self) -> int:
        """Return the milliseconds of a clock that nobody can set, to measure how long something takes."""
        return time.monotonic_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`, even if the machine's clock is set meanwhile."""
        await asyncio.sleep(seconds)

    def lead(self) -> int:
        """Return how far `now` is ahead of `monotonic`, in milliseconds; it shrinks if the clock is set back."""
        return self.now() - self.monotonic()

    @asynccontextmanager
    async def at_most(self, seconds: float) -> AsyncGenerator[None]:
        """Cancel the block and raise TimeoutError when it has taken `seconds`."""
        async with self.deadline() as deadline:
            deadline.start(seconds)
            yield

    @asynccontextmanager
    async def deadline(self) -> AsyncGenerator["Deadline"]:
        """Cancel the block and raise TimeoutError when the deadline that it has started is over."""
        async with asyncio.timeout(None) as timeout:
            deadline = Deadline(lambda seconds: self._end_after(seconds, timeout))
            try:
                yield deadline
            finally:
                deadline.end()

    async def _end_after(self, seconds: float, timeout: asyncio.Timeout) -> None:
        await self.sleep(seconds)
        timeout.reschedule(0)

    async def sleep_until(self, moment: int) -> None:
        """Sleep until a moment by the present hour. Setting the hour later changes nothing."""
        await self.sleep(max(0, moment - self.now()) / SECOND)

    def today(self) -> str:
        """Return the UTC day as `2026-11-23`."""
        return day_of(self.now())


def day_of(moment: int) -> str:
    """Return the UTC day of a moment as `2026-11-23`."""
    return datetime.fromtimestamp(moment / SECOND, UTC).date().isoformat()


def next_day(moment: int) -> int:
    """Return the UTC midnight that ends the day of a moment."""
    return (moment // DAY + 1) * DAY


class Deadline:
    """A time limit for a block that is inside `Clock.deadline`. It is started once at most."""

    def __init__(self, end_after: Callable[[float], Coroutine[Any, Any, None]]) -> None:
        self._end_after = end_after
        self._watch: asyncio.Task[None] | None = None
        self._is_over = False

    def start(self, seconds: float) -> None:
        """Give the block `seconds` from now on. Does nothing after an earlier `start` or `end`."""
        if self._watch is None and not self._is_over:
            self._watch = asyncio.create_task(self._end_after(seconds), name="deadline")

    def end(self) -> None:
        """Let the block take as long as it needs."""
        self._is_over = True
        if self._watch is not None:
            self._watch.cancel()


class Alarm:
    """Wakes a loop before its time when new work has come in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait_until(self, moment: int) -> None:
        """Wait until `moment` or until the alarm rings. A ring while nobody waits counts for the next wait."""
        waits = (
            asyncio.ensure_future(self._rung.wait()),
            asyncio.ensure_future(self._clock.sleep_until(moment)),
        )
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        self._rung.clear()
