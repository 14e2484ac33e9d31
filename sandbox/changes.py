"""Lets tasks wait for something to become true, without looking at a clock in between."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Changes:
    """Lets any number of tasks wait for something to change."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __reduce__(self) -> "tuple[type[Changes], tuple[()]]":
        return Changes, ()  # the waiting tasks are not saved

    def announce(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def next(self) -> None:
        await self._event.wait()

    async def until(self, look: Callable[[], Found | None]) -> Found:
        """Look now and after every change, until there is something to see."""
        while (found := look()) is None:
            await self.next()
        return found
