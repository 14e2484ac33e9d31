"""A limit that all processes share. Each slot is a session advisory lock, which ends with its process."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import LiteralString

import structlog

from bot.storage.engine.database import DatabaseTrouble
from bot.storage.engine.postgres.connections import Connection
from bot.storage.engine.postgres.standing import LONGEST_PAUSE, StandingConnection

log = structlog.get_logger(__name__)

CHANNEL: LiteralString = "mynah_slots"
LOCKS = 470188712  # the first half of each lock's key; the second is the number of the slot

# Seconds. A process that waits for a slot asks the others every `ASKING`. A process that was asked within `ASKED`, and
# that has its share, gives the slots that it frees to the others, and takes such a slot again only if it is still free
# after `YIELDING`.
ASKING = 0.2
ASKED = 0.5
YIELDING = 0.05

# Seconds after a reconnect in which no new block begins. If all processes have lost their connections, the others
# need this time to reconnect and to get slots for the blocks that they are running.
SETTLING = LONGEST_PAUSE + 1

# OFFSET 0 makes PostgreSQL run the subquery first. A session can take the same lock twice, so its own are left out.
LOCK: LiteralString = """
    SELECT slot FROM (
        SELECT slot FROM generate_series(0, $2::int - 1) AS slot WHERE slot <> ALL ($3::int[]) OFFSET 0
    ) AS others WHERE pg_try_advisory_lock($1::int, slot) LIMIT $4::int
"""
UNLOCK: LiteralString = """
    SELECT count(pg_advisory_unlock($1::int, slot)), pg_notify($2::text, $3::text) FROM unnest($4::int[]) AS slot
"""


class Slots:
    """At most `limit` blocks at once in all processes together.

    A free slot goes to the next waiting block of this process, or to another process if one has asked and this one has
    its share. So slots rarely change hands while all processes have enough to do. No process keeps an unused slot.
    When the connection is lost, its slots are lost too. Running blocks go on without a slot, and new blocks begin only
    after these have slots again or have ended.
    """

    def __init__(self, standing: StandingConnection, limit: int, name: str) -> None:
        """Share `limit` slots with other processes; `name` identifies this one among them."""
        self._standing = standing
        self._limit = limit
        self._name = name
        self._waiting: deque[_Block] = deque()
        self._begun: set[_Block] = set()
        self._freed: list[int] = []  # still locked by this session
        self._yielded: dict[int, float] = {}  # until when each of these slots is left to others
        self._asked_until: dict[str, float] = {}  # by the name of the process
        self._asks_at = 0.0
        self._settles_until = 0.0
        self._changed = asyncio.Event()
        self._is_closing = False

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Wait for a slot and hold it inside the block."""
        block = _Block()
        await self._enter(block)
        try:
            yield
        finally:
            self._leave(block)

    @asynccontextmanager
    async def managed(self) -> AsyncGenerator[None]:
        """Take and give back slots while the block runs."""
        async with self._standing.housing(self):
            manager = asyncio.create_task(self._manage(), name="slots")
            try:
                yield
            finally:
                self._is_closing = True
                self._changed.set()
                await asyncio.gather(manager, return_exceptions=True)

    async def opened(self, connection: Connection) -> None:
        await connection.add_listener(CHANNEL, self._hear)
        if self._settles_until:
            self._settles_until = _now() + SETTLING
        self._changed.set()

    def lost(self) -> None:
        self._settles_until = math.inf
        self._freed.clear()
        for block in self._begun:
            block.slot = None

    async def _enter(self, block: "_Block") -> None:
        while block.slot is None:  # again, if the connection was lost after the grant
            self._begun.discard(block)
            block.grant = asyncio.get_running_loop().create_future()
            self._waiting.append(block)
            self._changed.set()
            try:
                await block.grant
            except asyncio.CancelledError:
                if block in self._waiting:
                    self._waiting.remove(block)
                else:  # granted and cancelled at the same moment
                    self._leave(block)
                raise

    def _leave(self, block: "_Block") -> None:
        self._begun.discard(block)
        slot, block.slot = block.slot, None
        if slot is None:  # lost with the connection
            self._changed.set()
        elif self._waiting and self._holds_its_share():
            self._yielded[slot] = _now() + YIELDING
            self._freed.append(slot)
            self._changed.set()
        else:
            self._pass_on(slot)

    def _holds_its_share(self) -> bool:
        """Return whether the slots that are held here, without the one just freed, are the share of a process.

        It is rounded down, so that what is left goes round among all processes that ask.
        """
        now = _now()
        self._asked_until = {name: until for name, until in self._asked_until.items() if until > now}
        processes = 1 + len(self._asked_until)
        return processes > 1 and len(self._held()) >= self._limit // processes

    def _held(self) -> list[int]:
        return [block.slot for block in self._begun if block.slot is not None]

    def _pass_on(self, slot: int) -> None:
        """Give a slot to the next waiting block of this process, or back if none waits."""
        while self._waiting:
            block = self._waiting.popleft()
            if not block.grant.cancelled():
                block.slot = slot
                self._begun.add(block)
                block.grant.set_result(None)
                return
        self._freed.append(slot)
        self._changed.set()

    async def _manage(self) -> None:
        while not self._is_closing or self._freed:
            await self._rest()
            self._changed.clear()
            try:
                await self._give_back()
                await self._take()
                await self._ask()
            except DatabaseTrouble:
                continue  # `opened` sets the event when the connection is back
            except Exception:
                log.exception("could not look after the shared slots")

    async def _rest(self) -> None:
        """Wait until something happens, or until it is time to look for free slots again."""
        until = None
        if self._wanted():
            until = min([_now() + ASKING, *self._yielded.values()])
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._changed.wait()

    async def _give_back(self) -> None:
        freed, self._freed = self._freed, []
        if freed:
            await self._standing.fetch(UNLOCK, LOCKS, CHANNEL, self._says("freed"), freed)

    async def _take(self) -> None:
        """Lock free slots, first for running blocks that have lost theirs, then for waiting blocks."""
        held = self._held()
        wanted = self._wanted() if _now() >= self._settles_until else self._without_slot()
        most = min(wanted, self._limit - len(held))
        yielded = [slot for slot, until in self._yielded.items() if until > _now()]
        self._yielded = {slot: self._yielded[slot] for slot in yielded}
        if most <= 0:
            return
        for row in await self._standing.fetch(LOCK, LOCKS, self._limit, [*held, *self._freed, *yielded], most):
            deprived = next((block for block in self._begun if block.slot is None), None)
            if deprived is not None:
                deprived.slot = row["slot"]
            else:
                self._pass_on(row["slot"])

    async def _ask(self) -> None:
        """Tell the other processes that blocks wait here, or that none waits any more."""
        if self._waiting and _now() >= self._asks_at:
            self._asks_at = _now() + ASKING
            await self._standing.fetch("SELECT pg_notify($1::text, $2::text)", CHANNEL, self._says("wanted"))
        elif not self._waiting and self._asks_at:
            self._asks_at = 0.0
            await self._standing.fetch("SELECT pg_notify($1::text, $2::text)", CHANNEL, self._says("content"))

    def _wanted(self) -> int:
        return len(self._waiting) + self._without_slot()

    def _without_slot(self) -> int:
        return sum(block.slot is None for block in self._begun)

    def _says(self, what: str) -> str:
        return f"{self._name}:{what}"

    def _hear(self, _connection: object, _process: int, _channel: str, said: str) -> None:
        name, _, what = said.partition(":")
        if name == self._name:
            return
        match what:
            case "wanted":
                self._asked_until[name] = _now() + ASKED
            case "content":
                self._asked_until.pop(name, None)  # a process that still waits asks again soon
            case _ if self._wanted():
                self._changed.set()
            case _:
                pass


class _Block:
    """A block that waits for a slot or has begun. A lost connection takes its slot away."""

    def __init__(self) -> None:
        self.slot: int | None = None
        self.grant: asyncio.Future[None] = asyncio.get_running_loop().create_future()


def _now() -> float:
    return asyncio.get_running_loop().time()
