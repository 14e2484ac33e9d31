"""Limits the calls at once, and shares them fairly between members and between servers."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")

HOUSE = 0  # the member id of the bot's own calls, which wait like one more member's


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    turn: asyncio.Future[None]
    guild_id: int | None


class FairGate:
    """Admits at most `slots` calls at once, and all but one of them at most for one member.

    So somebody with a single call waits for nobody's crowd of calls. A free slot goes to a member whose server does not
    have all other slots, then to the one with the fewest running calls, then to the one whose last call ended longest
    ago. For one event loop only; it is not safe between threads.
    """

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._most_of_one = max(1, slots - 1)
        self._running: Counter[int] = Counter()
        self._running_in: Counter[int | None] = Counter()  # by server
        self._waiting: dict[int, deque[_Waiting]] = {}  # members in the order of their next turn

    @asynccontextmanager
    async def turn(self, member_id: int, guild_id: int | None = None) -> AsyncGenerator[None]:
        """Wait for a slot and hold it inside the block. A cancellation never loses a slot."""
        await self._enter(member_id, guild_id)
        try:
            yield
        finally:
            self._leave(member_id, guild_id)

    async def _enter(self, member_id: int, guild_id: int | None) -> None:
        if self._free and self._may_have_more(member_id):  # those who wait beside a free slot may have no more
            self._take(member_id, guild_id)
            return
        call = _Waiting(asyncio.get_running_loop().create_future(), guild_id)
        self._waiting.setdefault(member_id, deque()).append(call)
        try:
            await call.turn
        except asyncio.CancelledError:
            if call.turn.cancelled():
                self._forget(member_id, call)
            else:  # the slot was handed over just before the cancellation
                self._leave(member_id, guild_id)
            raise

    def _may_have_more(self, member_id: int) -> bool:
        return self._running[member_id] < self._most_of_one

    def _take(self, member_id: int, guild_id: int | None) -> None:
        self._free -= 1
        self._running[member_id] += 1
        self._running_in[guild_id] += 1

    def _leave(self, member_id: int, guild_id: int | None) -> None:
        self._free += 1
        _count_down(self._running, member_id)
        _count_down(self._running_in, guild_id)
        if member_id in self._waiting:
            self._waiting[member_id] = self._waiting.pop(member_id)  # to the end of the line
        while self._free and (candidates := [id_ for id_ in self._waiting if self._may_have_more(id_)]):
            self._serve(min(candidates, key=self._had_already))

    def _had_already(self, member_id: int) -> tuple[bool, int]:
        guild_id = self._waiting[member_id][0].guild_id
        is_crowded = guild_id is not None and self._running_in[guild_id] >= self._most_of_one
        return is_crowded, self._running[member_id]

    def _serve(self, member_id: int) -> None:
        """Hand a slot to this member's oldest waiting call, unless it was just cancelled."""
        call = self._waiting[member_id][0]
        self._forget(member_id, call)
        if not call.turn.cancelled():
            call.turn.set_result(None)
            self._take(member_id, call.guild_id)

    def _forget(self, member_id: int, call: _Waiting) -> None:
        calls = self._waiting.get(member_id, deque())
        if call in calls:
            calls.remove(call)
            if not calls:
                del self._waiting[member_id]


def _count_down(counts: Counter[Key], key: Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
