"""Discord's time, which a test can move forward, and the ids that are made from it."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime

from sandbox.changes import Changes

DISCORD_EPOCH = 1_420_070_400_000  # 2015-01-01 in milliseconds since 1970


class Clock:
    """Real time plus what a test has skipped."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._moved = Changes()

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time() + self._skipped

    def forward(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Skip some time: tokens, attachment links and the 3-second rule grow older at once."""
        self._skipped += seconds + 60 * minutes + 3600 * hours
        self._moved.announce()

    async def until(self, moment: float) -> None:
        """Wait until `moment`; moving the clock forward shortens the wait."""
        while (left := moment - self.now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._moved.next()


class Snowflakes:
    """Ids like Discord's: unique, growing, with their time in the upper bits.

    No two share a millisecond, so that servers spread over shards as they do in reality.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        self._last = max(self._last + 1, int(self._clock.now() * 1000) - DISCORD_EPOCH)
        return self._last << 22


def iso(moment: float) -> str:
    """Return a moment as Discord writes it, for example 2026-01-31T12:00:00.123000+00:00."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
