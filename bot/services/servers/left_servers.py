"""Deletes a server's settings, shares and records after the bot was removed from it."""

from collections.abc import Awaitable, Callable

import structlog

from bot.clock import DAY, Clock
from bot.storage.servers.left_servers import LeftServerStore

log = structlog.get_logger(__name__)

KEPT = 30 * DAY


class LeftServers:
    """Ends shares at once, and deletes the rest after `KEPT` unless the bot is invited again."""

    def __init__(self, store: LeftServerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._absent: set[int] = set()  # servers of this process in which the bot surely is not

    async def left(self, guild_id: int) -> None:
        self._absent.add(guild_id)
        await self._store.leave(guild_id, self._clock.now())
        log.info("server left", guild_id=guild_id)

    async def came_back(self, guild_id: int) -> None:
        self._absent.discard(guild_id)
        await self._store.come_back(guild_id)

    async def is_new(self, guild_id: int) -> bool:
        """Return whether a server to which the bot was added has not been greeted yet; from now on it has."""
        return await self._store.greet(guild_id, self._clock.now())

    async def catch_up(self, is_there: Callable[[int], Awaitable[bool | None]]) -> None:
        """Record what happened while the bot was away.

        `is_there` returns whether the bot is in a server; None if nobody can tell, or if another process serves it.
        """
        for guild_id in await self._store.known():
            if await is_there(guild_id) is False:
                await self.left(guild_id)
        for guild_id in await self._store.left():
            match await is_there(guild_id):
                case True:
                    await self.came_back(guild_id)
                case False:
                    self._absent.add(guild_id)
                case None:
                    pass

    async def forget_old(self) -> None:
        """Delete servers left longer than `KEPT` ago, if the bot surely is not there: one may have invited it again."""
        before = self._clock.now() - KEPT
        for guild_id in self._absent & set(await self._store.left(before=before)):
            await self._store.forget(guild_id, left_before=before)
            log.info("server forgotten", guild_id=guild_id)
