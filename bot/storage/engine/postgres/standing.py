"""A connection that stays open, for what belongs to a session: LISTEN and advisory locks."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import LiteralString, Protocol

import structlog

from bot.storage.engine.database import DatabaseTrouble, Row, Value
from bot.storage.engine.postgres.connections import Connection, translated

log = structlog.get_logger(__name__)

# A process notices a loss within the sum of both. The server needs longer (`KEEPALIVE`), so it never gives a lock to
# another process while this one still believes to hold it.
HEARTBEAT_SECONDS = 5.0
ANSWER_SECONDS = 5.0

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0


class Tenant(Protocol):
    """Something that the connection's session holds."""

    async def opened(self, connection: Connection) -> None:
        """Set up what the session is to hold, each time the connection has been opened."""
        ...

    def lost(self) -> None:
        """Note that the session, and all that it held, is lost."""
        ...


class StandingConnection:
    """A connection that is opened again each time it is lost. Its statements are sent one after the other."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._lost = asyncio.Event()
        self._turn = asyncio.Lock()
        self._tenants: list[Tenant] = []
        self._keeper: asyncio.Task[None] | None = None

    async def open(self, *tenants: Tenant) -> None:
        """Open the connection for the first time, and keep it open from then on. Raises what the driver raises."""
        self._tenants.extend(tenants)
        await self._open()
        self._keeper = asyncio.create_task(self._keep(), name="standing connection")

    async def aclose(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.close(timeout=ANSWER_SECONDS)
            except Exception:  # a failing connection raises many kinds of errors
                connection.terminate()

    @asynccontextmanager
    async def housing(self, tenant: Tenant) -> AsyncGenerator[None]:
        """Tell a tenant each time the connection is opened or lost, and at once if it is open already."""
        async with self._turn:
            if self._connection is not None:
                with self._ending_after_trouble(self._connection):
                    await tenant.opened(self._connection)
            self._tenants.append(tenant)
        try:
            yield
        finally:
            self._tenants.remove(tenant)

    async def fetch(self, query: LiteralString, *values: Value | list[int]) -> list[Row]:
        """Run a statement in the session. Raises DatabaseTrouble if the session is lost or the statement ends it."""
        async with self._turn:
            connection = self._connection
            if connection is not None:
                with self._ending_after_trouble(connection):
                    rows = await connection.fetch(query, *values, timeout=ANSWER_SECONDS)
                if self._connection is connection:
                    return [dict(row) for row in rows]
        raise DatabaseTrouble("PostgreSQL: the standing connection is lost")

    async def _keep(self) -> None:
        while True:
            await self._until_lost()
            log.warning("standing database connection lost")
            pause = FIRST_PAUSE
            while self._connection is None:
                await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - keeps processes apart
                with suppress(Exception):  # a server that is starting, stopping or away refuses in many ways
                    await self._open()
                pause = min(2 * pause, LONGEST_PAUSE)
            log.info("standing database connection restored")

    async def _until_lost(self) -> None:
        while not self._lost.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._lost.wait()
                    return
            with suppress(DatabaseTrouble):
                await self.fetch("SELECT 1")

    async def _open(self) -> None:
        connection = await self._connect()
        async with self._turn:
            with self._ending_after_trouble(connection):
                connection.add_termination_listener(lambda _: self._end(connection))
                self._connection = connection
                self._lost.clear()
                for tenant in self._tenants:
                    await tenant.opened(connection)

    @contextmanager
    def _ending_after_trouble(self, connection: Connection) -> Generator[None]:
        """End the session if one of its statements fails, since nobody knows what that statement did."""
        try:
            yield
        except BaseException as error:
            connection.terminate()
            self._end(connection)
            if isinstance(error, Exception):
                raise translated(error) from error
            raise

    def _end(self, connection: Connection) -> None:
        if self._connection is connection:
            self._connection = None
            self._lost.set()
            for tenant in self._tenants:
                tenant.lost()
