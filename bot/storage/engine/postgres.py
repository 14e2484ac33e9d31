"""PostgreSQL as a `Database`, for several processes that serve one bot. Needs the extra `postgres`."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any, LiteralString, Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none; `Connection` and `Pool` say what we use

from bot.errors import UserError
from bot.storage.engine.database import (
    Block,
    Conflict,
    DatabaseTrouble,
    EngineSession,
    Result,
    Row,
    Session,
    Value,
    finished,
    transaction,
)
from bot.storage.engine.migrate import apply_migrations, known_migrations
from bot.storage.engine.wakeups import Wakeups

CONNECTIONS = 10  # per process; a server allows 100 unless told otherwise
CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 30.0
CLOSE_SECONDS = 10.0

# Any number that nothing else in the database uses for the same; this one spells "mynah".
ONE_MIGRATES: LiteralString = "SELECT pg_advisory_xact_lock(470188712296)"

# Classes of SQLSTATE that tell of the server and not of the statement: connection, rolled back for the sake
# of others, no resources, object in use, operator intervention, system error, internal error.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
TROUBLE = {"08", "40", "53", "55", "57", "58", "XX"}


class Connection(Protocol):
    async def fetch(self, query: str, *args: Value) -> list[Iterable[tuple[str, Any]]]: ...

    async def execute(self, query: str, *args: Value) -> str: ...

    def terminate(self) -> None: ...


class Pool(Protocol):
    async def acquire(self, *, timeout: float) -> Connection: ...

    async def release(self, connection: Connection) -> None: ...

    async def close(self) -> None: ...

    def terminate(self) -> None: ...


class PostgresSession(EngineSession):
    due_lock: LiteralString = " FOR UPDATE SKIP LOCKED"

    def __init__(self, connection: Connection) -> None:
        super().__init__(is_alone=False)  # what it is for: claims of a process that died lapse by themselves
        self._connection = connection

    async def query(self, query: str, values: Sequence[Value]) -> list[Row]:
        return [dict(record) for record in await self._connection.fetch(query, *values)]

    async def change(self, query: str, values: Sequence[Value]) -> int:
        status = await self._connection.execute(query, *values)  # such as "UPDATE 3" or "CREATE TABLE"
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    def translated(self, error: Exception) -> Exception:
        return _translated(error)

    async def roll_back(self) -> None:
        try:
            await self._connection.execute("ROLLBACK")
        except Exception:  # a connection that is being lost fails in many ways
            with suppress(asyncpg.InterfaceError):  # where the pool has dropped it already
                self._connection.terminate()  # then the server rolls back by itself


class PostgresDatabase:
    def __init__(self, pool: Pool) -> None:
        self.wakeups = Wakeups()
        self._pool = pool

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

    async def aclose(self) -> None:
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
            raise _translated(error) from error
        try:
            session = PostgresSession(connection)
            async with transaction(session, begin):
                yield session
        finally:
            await finished(self._pool.release(connection))


async def open_postgres(url: str) -> PostgresDatabase:
    """The database at `url`. Raises UserError, which never shows the URL: it holds a password."""
    try:
        pool = await asyncpg.create_pool(  # pyright: ignore[reportUnknownMemberType] - asyncpg has no types
            url,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=CONNECT_SECONDS,
            command_timeout=STATEMENT_SECONDS,
            server_settings={"application_name": "mynah"},
        )
    except (ValueError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise UserError(_why_not(error)) from None  # the error's frames hold the URL
    database = PostgresDatabase(cast("Pool", pool))
    async with AsyncExitStack() as opened:
        opened.push_async_callback(database.aclose)
        try:
            await apply_migrations(database, known_migrations(), lock=ONE_MIGRATES)
        except (DatabaseTrouble, asyncpg.PostgresError) as error:
            raise UserError(_why_not(error)) from error
        opened.pop_all()  # from here on the caller closes it
    return database


def _translated(error: Exception) -> Exception:
    match error:
        case asyncpg.UniqueViolationError():
            return Conflict(_said(error))
        case asyncpg.PostgresError() if str(getattr(error, "sqlstate", ""))[:2] in TROUBLE:
            return DatabaseTrouble(f"PostgreSQL: {_said(error)}")
        case asyncpg.InterfaceError() if isinstance(error, ValueError):
            return error  # a value that cannot be sent is a mistake of ours
        case asyncpg.InterfaceError() | asyncpg.InternalClientError() | OSError():
            return DatabaseTrouble(f"PostgreSQL: {error or type(error).__name__}")
        case _:
            return error


def _why_not(error: Exception) -> str:
    match error:
        case ValueError():
            return (
                "DATABASE_URL is not the address of a PostgreSQL database. Write it as "
                "postgresql://user:password@host:5432/name, with special characters of the password as %40."
            )
        case OSError():
            return (
                "No PostgreSQL server answers at the address in DATABASE_URL. "
                "See that it runs and that the address is right."
            )
        case asyncpg.InvalidAuthorizationSpecificationError():
            advice = "Check the user and the password in DATABASE_URL"
        case asyncpg.InvalidCatalogNameError():
            advice = "Create that database, or correct its name in DATABASE_URL"
        case asyncpg.InsufficientPrivilegeError():
            advice = "Make the user in DATABASE_URL the owner of the database"
        case _:
            advice = "The PostgreSQL server's log may say more"
    return f"PostgreSQL does not let the bot in: {_said(error)}. {advice}."


def _said(error: Exception) -> str:
    """The error's first line, without the rows of ours that PostgreSQL quotes below it."""
    return str(error).partition("\n")[0]
