"""The other processes on a database: whether there are any, and wake-ups from one to the other."""

from collections.abc import Iterable
from contextlib import suppress
from secrets import token_hex
from typing import LiteralString, cast

from bot.models import Work
from bot.storage.engine.postgres.connections import Connection
from bot.storage.engine.wakeups import Wakeups

CHANNEL: LiteralString = "mynah_work"

PRESENT: LiteralString = "470188712297"  # any number that nothing else in the database uses for the same


class Peers:
    """This process among those on its database, by a name that it has given itself."""

    def __init__(self, wakeups: Wakeups) -> None:
        self._wakeups = wakeups
        self._name = token_hex(8)
        self._was_ever_open = False
        self.is_alone = False

    async def opened(self, connection: Connection) -> None:
        await connection.add_listener(CHANNEL, self._hear)
        await self._take_place(connection)
        await connection.execute(self.notice(()))  # whoever believed to be alone is not
        if self._was_ever_open:
            self._wakeups.wake(Work)  # what was said meanwhile has not been heard
        self._was_ever_open = True

    def lost(self) -> None:
        self.is_alone = False  # others may come while nobody can tell us

    def notice(self, works: Iterable[Work]) -> LiteralString:
        """A statement that tells the others of work; they hear of it once it is committed."""
        # Names of ours, without quotation marks: nothing in it comes from outside.
        return cast("LiteralString", f"NOTIFY {CHANNEL}, '{self._name}:{','.join(works)}'")

    async def _take_place(self, connection: Connection) -> None:
        """Be seen by those who come later, and see whether anybody was there before."""
        [row] = await connection.fetch(f"SELECT pg_try_advisory_lock({PRESENT}) AS free")
        was_free = dict(row)["free"]
        await connection.execute(f"SELECT pg_advisory_lock_shared({PRESENT})")
        if was_free:
            await connection.execute(f"SELECT pg_advisory_unlock({PRESENT})")
        self.is_alone = was_free and not self._was_ever_open

    def _hear(self, _connection: object, _process: int, _channel: str, said: str) -> None:
        name, _, works = said.partition(":")
        if name == self._name:
            return
        self.is_alone = False
        for work in filter(None, works.split(",")):
            with suppress(ValueError):  # a kind that a newer version knows
                self._wakeups.wake([Work(work)])
