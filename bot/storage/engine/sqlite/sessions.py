"""Runs the statements of a block on a connection to SQLite, and translates its errors."""

import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, LiteralString

import aiosqlite

from bot.storage.engine.database import Conflict, DatabaseTrouble, EngineSession, Result, Row, Value

LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
UNIQUE = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}
MISTAKES = {0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE}


class SqliteSession(EngineSession):
    """Runs statements at once, in the thread of the connection."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, is_alone: bool) -> None:
        super().__init__(is_alone=is_alone)
        self._connection = connection
        self._path = path

    async def query(self, query: str, values: Sequence[Value]) -> list[Row]:
        cursor = self._connection.execute(query, _named(values))
        names = [column[0] for column in cursor.description or ()]  # once: `sqlite3.Row` looks for each name anew
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    async def change(self, query: str, values: Sequence[Value]) -> int:
        return max(self._connection.execute(query, _named(values)).rowcount, 0)  # -1 for statements that count nothing

    def joined(self, text: LiteralString, *, order: LiteralString) -> LiteralString:  # noqa: ARG002 - that of its index
        return f"group_concat({text}, '\x1e')"

    def translated(self, error: Exception) -> Exception:
        if not isinstance(error, sqlite3.Error) or kind(error) in MISTAKES:
            return error
        if kind(error) == sqlite3.SQLITE_CONSTRAINT:
            return Conflict(str(error)) if error.sqlite_errorcode in UNIQUE else error
        return DatabaseTrouble(f"{self._path}: {error}")

    async def roll_back(self) -> None:
        self._connection.rollback()  # does nothing without a transaction


class RemoteSqliteSession(SqliteSession):
    """Sends statements one by one to the thread of the connection."""

    def __init__(self, connection: aiosqlite.Connection, path: Path, *, is_alone: bool) -> None:
        super().__init__(sqlite_of(connection), path, is_alone=is_alone)
        self._remote = connection

    async def query(self, query: str, values: Sequence[Value]) -> list[Row]:
        return await in_thread(self._remote, lambda: carried_out(super(RemoteSqliteSession, self).query(query, values)))

    async def change(self, query: str, values: Sequence[Value]) -> int:
        return await in_thread(
            self._remote, lambda: carried_out(super(RemoteSqliteSession, self).change(query, values))
        )

    async def roll_back(self) -> None:
        await self._remote.rollback()  # queues behind a cancelled statement


def sqlite_of(connection: aiosqlite.Connection) -> sqlite3.Connection:
    """Return the driver's connection, for use in its thread only."""
    return connection._conn  # noqa: SLF001  # has no public name in 0.22


async def in_thread(connection: aiosqlite.Connection, work: Callable[[], Result]) -> Result:
    """Run a function in the thread of a connection."""
    return await connection._execute(work)  # noqa: SLF001


def carried_out(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never has to wait. Raises RuntimeError if it waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise RuntimeError("a block may await nothing but its session")


def kind(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 for an error of the driver."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _named(values: Sequence[Value]) -> dict[str, Value]:
    """Return the values by name, since `$1` is a name to SQLite."""
    return {str(number): value for number, value in enumerate(values, start=1)}
