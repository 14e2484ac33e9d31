"""What becomes of a server's settings, shares and records when the bot is removed from it."""

from collections.abc import Awaitable, Callable

import structlog

from bot.clock import DAY, Clock
from bot.storage.departed_servers import DepartedServerStore

log = structlog.get_logger(__name__)

KEPT = 30 * DAY


class DepartedServers:
    """Shares end at once; the rest goes after 30 days, unless the bot is invited again."""

    def __init__(self, store: DepartedServerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._is_caught_up = False

    async def left(self, guild_id: int) -> None:
        await self._store.leave(guild_id, self._clock.now())
        log.info("server left", guild_id=guild_id)

    async def came_back(self, guild_id: int) -> None:
        await self._store.come_back(guild_id)

    async def catch_up(self, is_there: Callable[[int], Awaitable[bool | None]]) -> None:
        """Take note of what happened while the bot was away.

        `is_there` says whether the bot is in a server; None where nobody can tell, or another process hears of it.
        """
        for guild_id in await self._store.known():
            if await is_there(guild_id) is False:
                await self.left(guild_id)
        for guild_id in await self._store.left():
            if await is_there(guild_id):
                await self.came_back(guild_id)
        self._is_caught_up = True

    async def forget_old(self) -> None:
        """Let go of servers whose 30 days are over, once it is known which of them have invited the bot again."""
        if not self._is_caught_up:
            return
        forgotten = await self._store.forget(self._clock.now() - KEPT)
        if forgotten:
            log.info("servers forgotten", count=forgotten)
