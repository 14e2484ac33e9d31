"""When people are answered, and whether the driver itself was late."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.discord import Use
from sandbox.discord.world.model import FIRST_RESPONSE_SECONDS, CallbackType, Happening, Interaction, World

_TICK = 0.005  # seconds
_LATE = 0.025  # seconds after which a tick of the driver counts as late
_MOST_LATE = 0.05  # share of late ticks from which on a run is marked

_OUTCOMES = {CallbackType.MESSAGE, CallbackType.UPDATE, CallbackType.AUTOCOMPLETE_RESULT, CallbackType.MODAL}


@dataclass(slots=True)
class Timing:
    """One interaction, in seconds of this process's clock."""

    interaction: Interaction
    sent: float
    acknowledged: float | None = None
    done: float | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def first_response(self) -> float:
        """Seconds until the first response; infinite if there was none."""
        return float("inf") if self.acknowledged is None else self.acknowledged - self.sent

    @property
    def whole(self) -> float:
        """Seconds until the outcome; infinite if there was none."""
        return float("inf") if self.done is None else self.done - self.sent


class Stopwatch:
    """Notes when each interaction of a world was sent, acknowledged and settled."""

    def __init__(self, world: World) -> None:
        self._timings: dict[int, Timing] = {}
        world.subscribe(self._note)

    async def over(self, use: Use, *, within: float = 60) -> Timing:
        """Return the timing of a use once it is settled, or as it is after `within` seconds.

        One that Discord has given up, since it got no first response in time, is not waited for.
        """
        timing = self._timings[use.interaction.id]
        await _wait(timing.ended, FIRST_RESPONSE_SECONDS)
        if timing.acknowledged is not None:
            await _wait(timing.ended, within)
        del self._timings[use.interaction.id]
        return timing

    def _note(self, happening: Happening) -> None:
        interaction = happening.interaction
        if interaction is None:
            return
        now = time.perf_counter()
        if happening.kind == "interaction sent":
            self._timings[interaction.id] = Timing(interaction, now)
            return
        timing = self._timings.get(interaction.id)
        if timing is None:
            return
        if timing.acknowledged is None:
            timing.acknowledged = now
        if interaction.answered in _OUTCOMES or interaction.filled or interaction.followups:
            timing.done = timing.done or now
            timing.ended.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class LagWatch:
    """Tells how late the driver's own event loop is: then a figure may say more about it than about a bot."""

    def __init__(self) -> None:
        self._ticks = self._late = 0
        self._task = asyncio.create_task(self._watch(), name="lag watch")

    def begin(self) -> None:
        self._ticks = self._late = 0

    @property
    def is_late(self) -> bool:
        """Return whether too many ticks since `begin` were late."""
        return self._late > _MOST_LATE * max(self._ticks, 1)

    def close(self) -> None:
        self._task.cancel()

    async def _watch(self) -> None:
        while True:
            due = time.perf_counter() + _TICK
            await asyncio.sleep(_TICK)
            self._ticks += 1
            self._late += time.perf_counter() - due > _LATE
