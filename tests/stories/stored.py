"""Looks into the bot's database, and changes it, while the bot runs; on either engine."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import asyncpg

# Where the bot's database is: an SQLite file, or the URL of a PostgreSQL database.
Place: TypeAlias = Path | str

Values: TypeAlias = Sequence[Any] | Mapping[str, Any]


class Rows(Protocol):
    """The rows of one statement, whose values have positions and names."""

    def fetchall(self) -> list[Any]: ...
    def fetchone(self) -> Any: ...
    def __iter__(self) -> Any: ...


class Connection(Protocol):
    """A connection that takes statements as SQLite does, with `?` or `:name` for values."""

    def execute(self, query: str, values: Values = (), /) -> Rows: ...


def place_of(database_url: str) -> Place:
    file = database_url.removeprefix("sqlite:///")
    return database_url if file == database_url else Path(file)


@contextmanager
def connected(place: Place, *, to_write: bool = False) -> Generator[Connection]:
    """Open a transaction that is committed at the end. One that writes waits for the bot's own transaction."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place, timeout=30)) as connection, connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE" if to_write else "BEGIN")
            yield connection
    else:
        with closing(PostgresConnection(place)) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")


def stored(place: Place, query: str) -> list[tuple[Any, ...]]:
    """Run a query in the bot's database."""
    with connected(place) as connection:
        return [tuple(row) for row in connection.execute(query)]


async def change_stored(place: Place, change: Callable[[Connection], object]) -> None:
    """Change the database while the bot runs."""

    def write() -> None:
        with connected(place, to_write=True) as connection:
            change(connection)

    await asyncio.to_thread(write)


def add_row(connection: Connection, table: str, row: Mapping[str, Any]) -> None:
    columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})", row)  # noqa: S608 - names from the schema


class PostgresConnection:
    """A connection for code that does not await: it lives in a thread and an event loop of its own."""

    def __init__(self, url: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._runner = self._thread.submit(asyncio.Runner).result()
        self._connection: Any = self._run(lambda: asyncpg.connect(url))  # no types

    def execute(self, query: str, values: Values = (), /) -> "PostgresRows":
        query, numbered = _numbered(query, values)
        return PostgresRows(self._run(lambda: self._connection.fetch(query, *numbered)))

    def close(self) -> None:
        self._run(self._connection.close)
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _run(self, work: Callable[[], Any]) -> Any:
        async def awaited() -> Any:
            return await work()

        return self._thread.submit(lambda: self._runner.run(awaited())).result()


class PostgresRows:
    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def __iter__(self) -> Any:
        return iter(self._rows)


def _numbered(query: str, values: Values) -> tuple[str, list[Any]]:
    """Write `?` and `:name` as `$1`, `$2`, …"""
    given: Iterable[Any] = values.values() if isinstance(values, Mapping) else values
    names = {name: f"${number}" for number, name in enumerate(values, start=1)} if isinstance(values, Mapping) else {}
    if names:
        return re.sub(r"(?<!:):(\w+)", lambda match: names[match[1]], query), [*given]
    numbers = iter(range(1, query.count("?") + 1))
    return re.sub(r"\?", lambda _: f"${next(numbers)}", query), [*given]
