"""Tells whether other processes use the database, and exchanges wake-ups with them."""

from collections.abc import Iterable
from contextlib import suppress
from secrets import token_hex
from typing import LiteralString, cast

from bot.models.common import Work
from bot.storage.engine.postgres.connections import Connection
from bot.storage.engine.wakeups import Wakeups

CHANNEL: LiteralString = "mynah_work"

PRESENT: LiteralString = "470188712297"  # any number that nothing else in the database uses as a lock


class Peers:
    """This process, under a random name, among all that use the database."""

    def __init__(self, wakeups: Wakeups) -> None:
        self._wakeups = wakeups
        self.name = token_hex(8)
        self._was_ever_open = False
        self.is_alone = False

    async def opened(self, connection: Connection) -> None:
        await connection.add_listener(CHANNEL, self._hear)
        await self._take_place(connection)
        await connection.execute(self.notice(()))  # so that no other process takes itself to be alone
        if self._was_ever_open:
            self._wakeups.wake(Work)  # wake-ups may have been missed meanwhile
        self._was_ever_open = True

    def lost(self) -> None:
        self.is_alone = False  # others may come unnoticed meanwhile

    def notice(self, works: Iterable[Work]) -> LiteralString:
        """Return a statement that wakes the other processes for these kinds of work after its commit."""
        # The bot makes all these names, without quotation marks: nothing in them comes from outside.
        return cast("LiteralString", f"NOTIFY {CHANNEL}, '{self.name}:{','.join(works)}'")

    async def _take_place(self, connection: Connection) -> None:
        """Take a lock that later processes see, and find out whether another process has it already."""
        [row] = await connection.fetch(f"SELECT pg_try_advisory_lock({PRESENT}) AS free")
        was_free = dict(row)["free"]
        await connection.execute(f"SELECT pg_advisory_lock_shared({PRESENT})")
        if was_free:
            await connection.execute(f"SELECT pg_advisory_unlock({PRESENT})")
        self.is_alone = was_free and not self._was_ever_open

    def _hear(self, _connection: object, _process: int, _channel: str, said: str) -> None:
        name, _, works = said.partition(":")
        if name == self.name:
            return
        self.is_alone = False
        for work in filter(None, works.split(",")):
            with suppress(ValueError):  # a kind of a newer version
                self._wakeups.wake([Work(work)])
