"""Limits the calls at once, and shares them fairly between members."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

HOUSE = 0  # the member id of the bot's own calls, which wait like one more member's


class FairGate:
    """Admits at most `slots` calls at once. A free slot goes to the waiting member with the fewest running calls.

    Among equals it goes to the member whose last call ended longest ago, so twenty calls of one member never delay
    another's first. For one event loop only; it is not safe between threads.
    """

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._running: Counter[int] = Counter()
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}  # members in the order of their next turn

    @asynccontextmanager
    async def turn(self, member_id: int) -> AsyncGenerator[None]:
        """Wait for a slot and hold it inside the block. A cancellation never loses a slot."""
        await self._enter(member_id)
        try:
            yield
        finally:
            self._leave(member_id)

    async def _enter(self, member_id: int) -> None:
        if self._free:  # then nobody waits, since `_leave` hands a slot to a waiting call first
            self._take(member_id)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(member_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._forget(member_id, turn)
            else:  # the slot was handed over just before the cancellation
                self._leave(member_id)
            raise

    def _take(self, member_id: int) -> None:
        self._free -= 1
        self._running[member_id] += 1

    def _leave(self, member_id: int) -> None:
        self._free += 1
        self._running[member_id] -= 1
        if not self._running[member_id]:
            del self._running[member_id]
        if member_id in self._waiting:
            self._waiting[member_id] = self._waiting.pop(member_id)  # to the end of the line
        while self._free and self._waiting:
            self._serve(min(self._waiting, key=lambda waiting_id: self._running[waiting_id]))

    def _serve(self, member_id: int) -> None:
        """Hand a slot to this member's oldest waiting call, unless it was just cancelled."""
        turn = self._waiting[member_id][0]
        self._forget(member_id, turn)
        if not turn.cancelled():
            turn.set_result(None)
            self._take(member_id)

    def _forget(self, member_id: int, turn: asyncio.Future[None]) -> None:
        calls = self._waiting.get(member_id, deque())
        if turn in calls:
            calls.remove(turn)
            if not calls:
                del self._waiting[member_id]
