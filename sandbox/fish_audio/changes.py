"""Lets a test wait for something to become true, without looking at a clock in between."""

import asyncio
from collections.abc import Callable


class Changes:
    """Wakes whoever waits, each time something happened."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    def note(self) -> None:
        happened, self._happened = self._happened, asyncio.Event()
        happened.set()

    async def until(self, condition: Callable[[], object], *, within: float) -> None:
        """Return as soon as `condition()` holds after a change; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not condition():
                await self._happened.wait()
