"""Remembers what was read from the database, so that a member who types never waits long for it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from bot.clock import MINUTE, Clock

FORGOTTEN_AFTER = MINUTE

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    value: Value
    read_at: int  # by `Clock.monotonic`
    is_outdated: bool = False

    def is_younger(self, age: int, now: int) -> bool:
        return now < self.read_at + age


class Remembered(Generic[Value]):
    """The last values that `read` has returned, by the id of what they are about."""

    def __init__(
        self, read: Callable[[int, Value | None], Coroutine[Any, Any, Value]], clock: Clock, *, fresh_for: int
    ) -> None:
        """Read a value again when it is `fresh_for` milliseconds old.

        `read` is given the earlier value, so that it can read only what has changed.
        """
        self._read = read
        self._clock = clock
        self._fresh_for = fresh_for
        self._kept: dict[int, _Kept[Value]] = {}
        self._reading: dict[int, asyncio.Task[Value]] = {}
        self._running = set[asyncio.Task[Value]]()  # also those whose result is not wanted any more

    async def of(self, id_: int, *, within: float) -> Value | None:
        """Return the value, read now unless it is fresh. Never waits longer than `within` seconds.

        After that it returns what was read in the last minute, or None, and the read goes on for the next caller. A
        value that is still fresh, but past half of its time, is returned at once and read again in the background.
        """
        kept, now = self._usable(id_), self._clock.monotonic()
        if kept is not None and kept.is_younger(self._fresh_for, now):
            if not kept.is_younger(self._fresh_for // 2, now):
                self._reading_of(id_)
            return kept.value
        reading = self._reading_of(id_)
        done, _ = await asyncio.wait({reading}, timeout=within)
        if done:
            return reading.result()
        kept = self._usable(id_)  # unless it was outdated meanwhile
        if kept is None or not kept.is_younger(FORGOTTEN_AFTER, self._clock.monotonic()):
            return None
        return kept.value

    def outdate(self) -> None:
        """Outdate all values, so that none is returned any more. A running read serves its callers and is not kept."""
        self._kept = {id_: replace(kept, is_outdated=True) for id_, kept in self._young(self._clock.monotonic())}
        self._reading.clear()

    def _usable(self, id_: int) -> _Kept[Value] | None:
        kept = self._kept.get(id_)
        return None if kept is None or kept.is_outdated else kept

    def _young(self, now: int) -> list[tuple[int, _Kept[Value]]]:
        return [(id_, kept) for id_, kept in self._kept.items() if kept.is_younger(FORGOTTEN_AFTER, now)]

    def _reading_of(self, id_: int) -> asyncio.Task[Value]:
        return self._reading.get(id_) or self._begin(id_)

    def _begin(self, id_: int) -> asyncio.Task[Value]:
        kept = self._kept.get(id_)
        before = None if kept is None else kept.value
        reading = self._reading[id_] = asyncio.create_task(self._read(id_, before), name="suggestions")
        self._running.add(reading)
        reading.add_done_callback(partial(self._done, id_, self._clock.monotonic()))
        return reading

    def _done(self, id_: int, began_at: int, reading: asyncio.Task[Value]) -> None:
        self._running.discard(reading)
        failed = reading.cancelled() or reading.exception() is not None  # the exception goes to those who wait
        if self._reading.get(id_) is not reading:
            return  # everything was outdated meanwhile
        del self._reading[id_]
        if not failed:
            self._kept = dict(self._young(began_at))
            self._kept[id_] = _Kept(reading.result(), began_at)
