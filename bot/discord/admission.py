"""Lets commands begin a few at a time, so that every first response leaves in time however many arrive at once.

A first response takes several turns of the event loop. With hundreds of commands under way, each turn serves all of
them and takes so long that nobody is answered within Discord's three seconds. A command that waits here takes no turns
but those of its acknowledgement.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.discord.first_response import AnyInteraction, FirstResponse, Manner

AT_ONCE = 50  # commands whose first response is being worked on: far more than one processor works on at a time
IN_ONE_STEP = 4  # commands that begin in one turn of the event loop, at nearly a millisecond each
LONGEST_SECONDS = 0.5  # for which a command keeps its room if it was acknowledged before it could begin

_KEY = "if slow"  # in a command's `extras`


def slow_command(manner: Callable[[Any], Manner]) -> dict[str, Any]:
    """Return the `extras` of a command that may be acknowledged before it begins; `manner` says how."""
    return {_KEY: manner}


class Admission:
    """Lets commands begin in the order of arrival. A command takes up room until its first response is given."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._begun = 0  # in this turn of the event loop

    async def begin(self, interaction: AnyInteraction, work: asyncio.Task[Any]) -> None:
        """Wait for room. It is given back with the first response, or when `work` ends without one."""
        response = FirstResponse.to(interaction)
        extras = getattr(interaction.command, "extras", {})
        if self._room.locked() and _KEY in extras:
            response.manner = extras[_KEY](interaction)
        await self._room.acquire()
        leave = _once(self._room.release)
        if not response.is_open:
            asyncio.get_running_loop().call_later(LONGEST_SECONDS, leave)
        response.when_given(leave)
        work.add_done_callback(lambda _: leave())
        await self._next_step()

    async def _next_step(self) -> None:
        """Wait for a turn of the event loop in which few commands have begun, so that none of them is long."""
        while self._begun == IN_ONE_STEP:  # noqa: ASYNC110 - the next turn of the loop is what it waits for
            await asyncio.sleep(0)
        if self._begun == 0:
            asyncio.get_running_loop().call_soon(self._end_step)
        self._begun += 1

    def _end_step(self) -> None:
        self._begun = 0


def _once(act: Callable[[], None]) -> Callable[[], None]:
    left = [act]

    def at_first() -> None:
        if left:
            left.pop()()

    return at_first
