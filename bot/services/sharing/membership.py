"""Asks Discord whether members are still in a server, at most once in a few minutes for each."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from bot.clock import MINUTE, Clock
from bot.models.sharing import Share

log = structlog.get_logger(__name__)

KEPT = 5 * MINUTE
MOST_KEPT = 10_000

# Takes a server's id and a member's. Returns whether the member is there; None if Discord does not tell.
LookUp: TypeAlias = Callable[[int, int], Awaitable[bool | None]]


class Membership:
    """Remembers who is in which server. Discord tells of joins and leaves only with a privileged intent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._look_up: LookUp | None = None
        self._known: dict[tuple[int, int], tuple[bool, int]] = {}  # server, member: is there, learnt at; oldest first

    def connect(self, look_up: LookUp) -> None:
        """Set the function that asks Discord."""
        self._look_up = look_up

    async def has_left(self, member_id: int, guild_id: int) -> bool:
        """Return whether somebody has surely left a server; False also if Discord does not tell."""
        return await self.is_in(member_id, guild_id) is False

    async def is_in(self, member_id: int, guild_id: int) -> bool | None:
        """Return whether somebody is in a server; None if Discord does not tell."""
        now = self._clock.now()
        is_here, learnt_at = self._known.get((guild_id, member_id), (None, 0))
        if is_here is None or not learnt_at <= now < learnt_at + KEPT:
            is_here = await self._look_up(guild_id, member_id) if self._look_up else None
            if is_here is None:
                log.info("membership not known", guild_id=guild_id)
                return None
            self._note(member_id, guild_id, is_here=is_here)
        return is_here

    def is_known_to_have_left(self, share: Share) -> bool:
        """Return whether somebody on whom a share stands is known to have left, without asking Discord."""
        return any(self._known.get((share.guild_id, member_id), (True, 0))[0] is False for member_id in share.stands_on)

    def seen(self, member_id: int, guild_id: int) -> None:
        """Record that somebody has just used the bot in a server."""
        self._note(member_id, guild_id, is_here=True)

    def _note(self, member_id: int, guild_id: int, *, is_here: bool) -> None:
        self._known.pop((guild_id, member_id), None)
        self._known[guild_id, member_id] = (is_here, self._clock.now())
        if len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]
