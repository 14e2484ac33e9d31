"""Lets members take turns at work that needs much memory or computing, each with a few requests at most."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.errors import UserError
from bot.fish_audio.fair_gate import HOUSE, Askers, FairGate

MOST_EACH = 3  # requests of one member that run or wait


class TooManyAtOnce(UserError):
    def __init__(self, what: str) -> None:
        super().__init__(
            f"You have {MOST_EACH} {what} running: I take no more of one member at once. Please try again when one of "
            "them has been answered."
        )


class Turns:
    """A gate with a bounded queue for each member."""

    def __init__(self, at_once: int, what: str) -> None:
        """Run `at_once` requests at a time; `what` names them in sentences, in the plural."""
        self._gate = FairGate(at_once)
        self._what = what
        self._asked: Counter[int] = Counter()

    @asynccontextmanager
    async def turn(self, member_id: int) -> AsyncGenerator[None]:
        """Wait for a turn and hold it inside the block. Raises TooManyAtOnce."""
        if self._asked[member_id] >= MOST_EACH:
            raise TooManyAtOnce(self._what)
        self._asked[member_id] += 1
        try:
            async with self._gate.turn(Askers(member_id)):
                yield
        finally:
            self._asked[member_id] -= 1
            if not self._asked[member_id]:
                del self._asked[member_id]

    @asynccontextmanager
    async def own_turn(self) -> AsyncGenerator[None]:
        """Wait for a turn for the bot's own work. The bound for each member does not count here."""
        async with self._gate.turn(Askers(HOUSE)):
            yield
