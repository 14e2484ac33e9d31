"""Opens connections to PostgreSQL, and translates their errors."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, cast

import asyncpg

from bot.storage.engine.database import Conflict, DatabaseTrouble, Value

CONNECTIONS = 10  # per process, beside the standing one; PostgreSQL allows 100 by default (`max_connections`)
CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 30.0

# If a machine or the network fails, the server ends the session half a minute later, and what it held is free again.
# The process notices the loss sooner (`StandingConnection`).
KEEPALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4"}

# Classes of SQLSTATE that are about the server, not the statement: connection exception, transaction rollback,
# insufficient resources, object not in prerequisite state, operator intervention, system error, internal error.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
TROUBLE = {"08", "40", "53", "55", "57", "58", "XX"}


class Connection(Protocol):
    async def fetch(
        self, query: str, *args: Value | list[int], timeout: float | None = None
    ) -> list[Iterable[tuple[str, Any]]]: ...

    async def execute(self, query: str, *args: Value) -> str: ...

    async def add_listener(self, channel: str, callback: Callable[[object, int, str, str], None]) -> None: ...

    def add_termination_listener(self, callback: Callable[[object], None]) -> None: ...

    async def close(self, *, timeout: float | None = None) -> None: ...

    def terminate(self) -> None: ...


class Pool(Protocol):
    async def acquire(self, *, timeout: float) -> Connection: ...

    async def release(self, connection: Connection) -> None: ...

    async def close(self) -> None: ...

    def terminate(self) -> None: ...


async def open_pool(url: str) -> Pool:
    """Open a pool whose connections are opened when they are needed."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,  # else asyncpg logs a traceback each time it cannot restore that many
        max_size=CONNECTIONS,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings={"application_name": "mynah", **KEEPALIVE},
    )
    return cast("Pool", pool)


async def open_connection(url: str) -> Connection:
    """Open a connection whose session holds LISTEN and locks. It stores nothing, so its statements wait for no disk."""
    settings = {"application_name": "mynah, standing", "synchronous_commit": "off", **KEEPALIVE}
    connect = cast("Callable[..., Awaitable[Connection]]", asyncpg.connect)
    return await connect(url, timeout=CONNECT_SECONDS, server_settings=settings)


def translated(error: Exception) -> Exception:
    """Return the `Conflict` or `DatabaseTrouble` for an error, or the error itself."""
    match error:
        case asyncpg.UniqueViolationError():
            return Conflict(_said(error))
        case asyncpg.PostgresError() if str(getattr(error, "sqlstate", ""))[:2] in TROUBLE:
            return DatabaseTrouble(f"PostgreSQL: {_said(error)}")
        case asyncpg.InterfaceError() if isinstance(error, ValueError):
            return error  # a value that cannot be sent is a defect of the bot
        case asyncpg.InterfaceError() | asyncpg.InternalClientError() | OSError():
            return DatabaseTrouble(f"PostgreSQL: {error or type(error).__name__}")
        case _:
            return error


def why_not(error: Exception) -> str:
    """Return, in words for the host, why the database cannot be used."""
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
    """Return the error's first line. Below it, PostgreSQL quotes stored rows."""
    return str(error).partition("\n")[0]
