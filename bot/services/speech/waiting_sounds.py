"""Bounds the bytes of sounds that wait for Discord in this process; the oldest gives way."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from bot.errors import UserError

MOST_BYTES = 64 * 2**20  # little beside the 1 GB of a container


class GaveWay(UserError):
    def __init__(self) -> None:
        super().__init__(
            "Discord did not take the sound for so long that I had to drop it to make room for others. Please "
            "try again in a few minutes."
        )


class WaitingSounds:
    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: dict[str, tuple[int, Callable[[], object]]] = {}  # by id, oldest first

    def keep(self, id_: str, size: int, let_go: Callable[[], object]) -> None:
        """Count a new sound, and drop the oldest others until it has room."""
        while self._kept and self._bytes + size > self._most_bytes:
            oldest = next(iter(self._kept))
            _, let_oldest_go = self._kept[oldest]
            self.drop(oldest)
            let_oldest_go()
        self._kept[id_] = (size, let_go)
        self._bytes += size

    def drop(self, id_: str) -> None:
        """Stop counting a sound, if it is counted."""
        size, _ = self._kept.pop(id_, (0, None))
        self._bytes -= size

    @asynccontextmanager
    async def keeping(self, id_: str, size: int) -> AsyncGenerator[None]:
        """Count a sound while the block posts it. Raises GaveWay, which ends the block, when others need its place."""
        end = asyncio.timeout(None)
        try:
            async with end:
                self.keep(id_, size, lambda: end.reschedule(0))
                try:
                    yield
                finally:
                    self.drop(id_)
        except TimeoutError:
            if end.expired():
                raise GaveWay from None
            raise
