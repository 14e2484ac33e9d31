"""Remembers what was read from the database, so that a member who types never waits long for it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from bot.clock import MINUTE, Clock

FORGOTTEN_AFTER = MINUTE

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    value: Value
    read_at: int  # by `Clock.monotonic`

    def is_younger(self, age: int, now: int) -> bool:
        return now < self.read_at + age


class Remembered(Generic[Value]):
    """The last values that `read` has returned, by the id of what they are about."""

    def __init__(self, read: Callable[[int], Coroutine[Any, Any, Value]], clock: Clock, *, fresh_for: int) -> None:
        """Read a value again when it is `fresh_for` milliseconds old."""
        self._read = read
        self._clock = clock
        self._fresh_for = fresh_for
        self._kept: dict[int, _Kept[Value]] = {}
        self._reading: dict[int, asyncio.Task[Value]] = {}
        self._running = set[asyncio.Task[Value]]()  # also those whose result is not wanted any more

    async def of(self, id_: int, *, within: float) -> Value | None:
        """Return the value, read now unless it is fresh. Never waits longer than `within` seconds.

        After that it returns what was read in the last minute, or None. The read goes on, for whoever asks next.
        """
        kept = self._kept.get(id_)
        if kept is not None and kept.is_younger(self._fresh_for, self._clock.monotonic()):
            return kept.value
        reading = self._reading.get(id_) or self._begin(id_)
        done, _ = await asyncio.wait({reading}, timeout=within)
        if done:
            return reading.result()
        kept = self._kept.get(id_)  # unless it was dropped meanwhile
        if kept is None or not kept.is_younger(FORGOTTEN_AFTER, self._clock.monotonic()):
            return None
        return kept.value

    def clear(self) -> None:
        """Drop everything. What is being read now is given to those who wait for it, and not kept."""
        self._kept.clear()
        self._reading.clear()

    def _begin(self, id_: int) -> asyncio.Task[Value]:
        reading = self._reading[id_] = asyncio.create_task(self._read(id_), name="suggestions")
        self._running.add(reading)
        reading.add_done_callback(partial(self._done, id_, self._clock.monotonic()))
        return reading

    def _done(self, id_: int, began_at: int, reading: asyncio.Task[Value]) -> None:
        self._running.discard(reading)
        failed = reading.cancelled() or reading.exception() is not None  # the exception goes to those who wait
        if self._reading.get(id_) is not reading:
            return  # everything was dropped meanwhile
        del self._reading[id_]
        if not failed:
            self._kept = {
                other: kept for other, kept in self._kept.items() if kept.is_younger(FORGOTTEN_AFTER, began_at)
            }
            self._kept[id_] = _Kept(reading.result(), began_at)
