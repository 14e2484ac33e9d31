"""Limits the calls at once, and shares them fairly between members and between servers."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TypeVar

Key = TypeVar("Key")

HOUSE = 0  # the member id of the bot's own calls, which wait like one more member's


class Askers:
    """The members for whom one call is made, and where. Each one lends it their place in the line."""

    def __init__(self, member_id: int, guild_id: int | None = None) -> None:
        self.guilds = {member_id: guild_id}
        self.on_joining: Callable[[int], object] | None = None  # set while the call waits for its turn

    def join(self, others: "Askers") -> None:
        """Have the call made for others too: it waits no longer than a call of theirs would."""
        for member_id, guild_id in others.guilds.items():
            if member_id not in self.guilds:
                self.guilds[member_id] = guild_id
                if self.on_joining is not None:
                    self.on_joining(member_id)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    turn: asyncio.Future[int]  # the member who gets it
    guilds: Mapping[int, int | None]  # by member


class FairGate:
    """Admits at most `slots` calls at once, and all but one of them at most for one member.

    So somebody with a single call waits for nobody's crowd of calls. A free slot goes to a member whose server does not
    have all other slots, then to the one with the fewest running calls, then to the one who has waited longest since
    they or their server had a turn. For one event loop only; it is not safe between threads.
    """

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._most_of_one = max(1, slots - 1)
        self._running: Counter[int] = Counter()
        self._running_in: Counter[int | None] = Counter()  # by server
        self._waiting: dict[int, deque[_Waiting]] = {}  # by member
        self._moments = count(1)
        self._since: dict[int, int] = {}  # for members who wait: when they began to, or when a call of theirs ended
        self._last_in: dict[int, int] = {}  # when a call of a server began or ended

    @asynccontextmanager
    async def turn(self, askers: Askers) -> AsyncGenerator[None]:
        """Wait for a slot and hold it inside the block. A cancellation never loses a slot."""
        member_id = await self._enter(askers)
        guild_id = askers.guilds[member_id]
        try:
            yield
        finally:
            self._leave(member_id, guild_id)

    async def _enter(self, askers: Askers) -> int:
        """Return the member who got the slot."""
        call = _Waiting(asyncio.get_running_loop().create_future(), askers.guilds)
        for member_id in askers.guilds:
            self._queue(call, member_id)
        self._serve_free()
        if call.turn.done():
            return call.turn.result()
        askers.on_joining = partial(self._join, call)
        try:
            return await call.turn
        except asyncio.CancelledError:
            if call.turn.cancelled():
                self._forget(call)
            else:  # the slot was handed over just before the cancellation
                member_id = call.turn.result()
                self._leave(member_id, askers.guilds[member_id])
            raise
        finally:
            askers.on_joining = None

    def _join(self, call: _Waiting, member_id: int) -> None:
        if not call.turn.done():
            self._queue(call, member_id)
            self._serve_free()

    def _queue(self, call: _Waiting, member_id: int) -> None:
        self._waiting.setdefault(member_id, deque()).append(call)
        self._since.setdefault(member_id, next(self._moments))

    def _may_have_more(self, member_id: int) -> bool:
        return self._running[member_id] < self._most_of_one

    def _leave(self, member_id: int, guild_id: int | None) -> None:
        self._free += 1
        _count_down(self._running, member_id)
        _count_down(self._running_in, guild_id)
        if member_id in self._waiting:
            self._since[member_id] = next(self._moments)
        self._note_turn(guild_id)
        self._serve_free()

    def _serve_free(self) -> None:
        while self._free and (candidates := [id_ for id_ in self._waiting if self._may_have_more(id_)]):
            self._serve(min(candidates, key=self._had_already))

    def _had_already(self, member_id: int) -> tuple[bool, int, int, int]:
        guild_id, since = self._waiting[member_id][0].guilds[member_id], self._since[member_id]
        is_crowded = guild_id is not None and self._running_in[guild_id] >= self._most_of_one
        last_in = self._last_in.get(guild_id, 0) if guild_id is not None else 0
        return is_crowded, self._running[member_id], max(since, last_in), since

    def _serve(self, member_id: int) -> None:
        """Hand a slot to this member's oldest waiting call, unless it was just cancelled."""
        call = self._waiting[member_id][0]
        self._forget(call)
        if not call.turn.cancelled():
            guild_id = call.guilds[member_id]
            call.turn.set_result(member_id)
            self._free -= 1
            self._running[member_id] += 1
            self._running_in[guild_id] += 1
            self._note_turn(guild_id)

    def _note_turn(self, guild_id: int | None) -> None:
        if guild_id is not None:
            self._last_in[guild_id] = next(self._moments)

    def _forget(self, call: _Waiting) -> None:
        for member_id in call.guilds:
            calls = self._waiting.get(member_id, deque())
            if call in calls:
                calls.remove(call)
                if not calls:
                    del self._waiting[member_id], self._since[member_id]


def _count_down(counts: Counter[Key], key: Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
