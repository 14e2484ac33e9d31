"""Runs the blocks of a `Database` on a pool of connections to PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import LiteralString

import asyncpg

from bot.errors import UserError
from bot.storage.engine.database import (
    Block,
    DatabaseTrouble,
    EngineSession,
    Result,
    Row,
    Session,
    Slot,
    Value,
    finished,
    transaction,
)
from bot.storage.engine.migrate import apply_migrations, known_migrations
from bot.storage.engine.postgres.connections import (
    CONNECT_SECONDS,
    Connection,
    Pool,
    open_connection,
    open_pool,
    translated,
    why_not,
)
from bot.storage.engine.postgres.peers import Peers
from bot.storage.engine.postgres.slots import Slots
from bot.storage.engine.postgres.standing import StandingConnection
from bot.storage.engine.wakeups import Wakeups

CLOSE_SECONDS = 10.0

# Any number that nothing else in the database uses as a lock; this one spells "mynah".
ONE_MIGRATES: LiteralString = "SELECT pg_advisory_xact_lock(470188712296)"


class PostgresSession(EngineSession):
    due_lock: LiteralString = " FOR UPDATE SKIP LOCKED"

    def __init__(self, connection: Connection, peers: Peers) -> None:
        super().__init__(is_alone=peers.is_alone)
        self._connection = connection
        self._peers = peers

    async def query(self, query: str, values: Sequence[Value]) -> list[Row]:
        return [dict(record) for record in await self._connection.fetch(query, *values)]

    async def change(self, query: str, values: Sequence[Value]) -> int:
        status = await self._connection.execute(query, *values)  # such as "UPDATE 3" or "CREATE TABLE"
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    def joined(self, text: LiteralString, *, order: LiteralString) -> LiteralString:
        return f"string_agg({text}, '\x1e' ORDER BY {order})"

    def translated(self, error: Exception) -> Exception:
        return translated(error)

    async def commit(self) -> None:
        if self.works:
            await self.execute(f"{self._peers.notice(self.works)}; COMMIT")
        else:
            await super().commit()

    async def roll_back(self) -> None:
        try:
            await self._connection.execute("ROLLBACK")
        except Exception:  # a failing connection raises many kinds of errors
            with suppress(asyncpg.InterfaceError):  # if the pool has dropped it already
                self._connection.terminate()  # then the server rolls back by itself


class PostgresDatabase:
    def __init__(self, pool: Pool, standing: StandingConnection, peers: Peers, wakeups: Wakeups) -> None:
        self.wakeups = wakeups
        self._pool = pool
        self._standing = standing
        self._peers = peers

    async def read(self, block: Block[Result]) -> Result:
        async with self.reading() as session:
            return await block(session)

    async def write(self, block: Block[Result]) -> Result:
        async def whole() -> Result:
            async with self.writing() as session:
                return await block(session)

        return await finished(whole())

    def reading(self) -> AbstractAsyncContextManager[Session]:
        return self._block("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[Session]:
        async with self._block("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") as session:
            yield session
        self.wakeups.wake(session.works)

    @asynccontextmanager
    async def sharing_slots(self, limit: int) -> AsyncGenerator[Slot]:
        slots = Slots(self._standing, limit, self._peers.name)
        async with slots.managed():
            yield slots.slot

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:  # noqa: ARG002 - nothing is tried
        return True

    async def time(self) -> int | None:
        query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now"
        row = await self.read(lambda db: db.fetch_one(query))
        return row["now"] if row else None

    async def aclose(self) -> None:
        await self._standing.aclose()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def _block(self, begin: LiteralString) -> AsyncGenerator[PostgresSession]:
        try:
            connection = await self._pool.acquire(timeout=CONNECT_SECONDS)
        except Exception as error:
            raise translated(error) from error
        try:
            session = PostgresSession(connection, self._peers)
            async with transaction(session, begin):
                yield session
        finally:
            await finished(self._pool.release(connection))


async def open_postgres(url: str) -> PostgresDatabase:
    """Open the database at `url`. Raises UserError, which never shows the URL: it holds a password."""
    wakeups = Wakeups()
    peers = Peers(wakeups)
    standing = StandingConnection(lambda: open_connection(url))
    async with AsyncExitStack() as opened:
        try:
            opened.push_async_callback(standing.aclose)
            await standing.open(peers)
            database = PostgresDatabase(await open_pool(url), standing, peers, wakeups)
            opened.push_async_callback(database.aclose)
            await apply_migrations(database, known_migrations(), lock=ONE_MIGRATES)
            await refuse_shared_sessions(standing, database)
        except (ValueError, OSError, DatabaseTrouble, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise UserError(why_not(error)) from None  # the error's frames hold the URL
        opened.pop_all()  # from here on the caller closes it
    return database


async def refuse_shared_sessions(standing: StandingConnection, database: PostgresDatabase) -> None:
    """Raise UserError if a pooler gives each transaction any free session: what a session holds would be lost."""
    query: LiteralString = "SELECT pg_backend_pid() AS process"
    [before] = await standing.fetch(query)
    async with database.reading() as db:
        await db.fetch_one(query)  # takes the session that has just become free
        [after] = await standing.fetch(query)
    if before != after:
        raise UserError(
            "Between the bot and PostgreSQL stands a connection pooler that shares sessions between transactions. "
            "Set DATABASE_URL to the server itself, or the pooler's mode to session (pool_mode = session in PgBouncer)."
        )
