"""Keeps the bot's time right although the machine's clock may be wrong."""

from collections.abc import Awaitable, Callable

import structlog

from bot.clock import HOUR, MINUTE, SECOND, Clock
from bot.http.dates import http_date
from bot.models.common import Blocker
from bot.services.common.alerts import AlertService
from bot.storage.common.last_seen import LastSeenStore

log = structlog.get_logger(__name__)

NOTED_EVERY = HOUR  # less than what makes a time doubtful at a start
PLAUSIBLE_YEARS = range(2026, 2100)  # nobody has run this bot before; any other year is nonsense
AGREED = MINUTE  # so much may lie between what two answers say


class Timekeeping:
    def __init__(self, store: LastSeenStore, alerts: AlertService, clock: Clock) -> None:
        self._store = store
        self._alerts = alerts
        self._clock = clock
        self._noted_at: int | None = None
        self._heard: int | None = None  # how far the last answer's time was ahead of `Clock.monotonic`

    async def resume(self) -> None:
        """Compare the time with when the bot last ran; called at start, before anything is done."""
        await self._keep_step()
        last_seen = await self._store.read()
        if last_seen is not None:
            self._clock.resume(last_seen)

    async def look(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Have a doubted time confirmed by `ask`, whose answers `hear` gets, and note that the bot runs."""
        await self._keep_step()
        if self._clock.is_doubted:
            log.warning("time is doubted, so nothing ends or is deleted early; asking Discord what time it is")
            await ask()
            if self._clock.is_doubted:
                await ask()
        if self._clock.is_doubted:
            return
        if self._clock.correction:
            await self._alerts.raise_(Blocker.CLOCK)
        now = self._clock.now()
        if self._noted_at is None or not self._noted_at <= now < self._noted_at + NOTED_EVERY:
            await self._store.note(now)
            self._noted_at = now

    async def _keep_step(self) -> None:
        """Go by the clock of the database's server: a process that is ahead would end what others have just begun."""
        began = self._clock.monotonic()
        shared = await self._store.time()
        took = self._clock.monotonic() - began
        if shared is not None and took < SECOND:
            self._clock.keep_step(shared + took // 2)

    def hear(self, date: str) -> None:
        """Take note of the `Date` of an answer from Discord. It counts if the answer before says the same."""
        if not self._clock.is_doubted:
            return
        moment = http_date(date)
        if moment is None or moment.year not in PLAUSIBLE_YEARS:
            return
        at = int(moment.timestamp() * SECOND)
        before, self._heard = self._heard, at - self._clock.monotonic()
        if before is None or abs(self._heard - before) > AGREED:
            return
        self._clock.hear(at)
        log.warning("time confirmed by Discord", clock_wrong_by_seconds=-self._clock.correction // SECOND)
