"""SQLite as a `Database`: one connection that writes in turn, and two that read beside it."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import unquote, urlsplit

import aiosqlite
import stamina

from bot.errors import UserError
from bot.storage.engine.database import (
    Conflict,
    DatabaseTrouble,
    EngineSession,
    Row,
    Session,
    Value,
    finished,
    transaction,
)
from bot.storage.engine.migrate import apply_migrations, known_migrations
from bot.storage.engine.presence import Presence

READERS = 2
LOCK_TIMEOUT = 10.0  # seconds to wait for another process (a backup, a second bot) to finish its transaction
SPACE_WORTH_RETURNING = 256  # free pages (4 KiB each), well below one sample

SHRINK = "PRAGMA wal_checkpoint(PASSIVE); PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(PASSIVE);"

LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
UNIQUE = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}
MISTAKES = {0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE}


class SqliteSession(EngineSession):
    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        super().__init__()
        self._connection = connection
        self._path = path

    async def query(self, query: str, values: Sequence[Value]) -> list[Row]:
        return [dict(row) for row in await self._connection.execute_fetchall(query, _named(values))]

    async def change(self, query: str, values: Sequence[Value]) -> int:
        async with self._connection.execute(query, _named(values)) as cursor:
            return max(cursor.rowcount, 0)  # -1 where a statement has nothing to count

    def translated(self, error: Exception) -> Exception:
        if not isinstance(error, sqlite3.Error) or _kind(error) in MISTAKES:
            return error
        if _kind(error) == sqlite3.SQLITE_CONSTRAINT:
            return Conflict(str(error)) if error.sqlite_errorcode in UNIQUE else error
        return DatabaseTrouble(f"{self._path}: {error}")

    async def roll_back(self) -> None:
        # Queues behind a cancelled statement in the connection's thread; does nothing without a transaction.
        await self._connection.rollback()


class SqliteDatabase:
    due_lock: LiteralString = ""  # only one transaction writes at a time

    def __init__(
        self, path: Path, presence: Presence, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection]
    ) -> None:
        self._path = path
        self._presence = presence
        self._writer = writer
        self._writers_turn = asyncio.Lock()
        self._writing_task: asyncio.Task[Any] | None = None
        self._readers = readers
        self._idle_readers = asyncio.Queue[aiosqlite.Connection]()
        for reader in readers:
            self._idle_readers.put_nowait(reader)
        for connection in (*readers, writer):
            connection.row_factory = sqlite3.Row

    @property
    def is_alone(self) -> bool:
        return self._presence.is_alone

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Session]:
        reader = await self._idle_readers.get()
        try:
            async with transaction(SqliteSession(reader, self._path), "BEGIN") as session:
                yield session
        finally:
            self._idle_readers.put_nowait(reader)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[Session]:
        async with self._turn():
            # IMMEDIATE, since one that first reads could otherwise fail at its first write as locked.
            async with transaction(SqliteSession(self._writer, self._path), "BEGIN IMMEDIATE") as session:
                yield session
            await finished(self._return_space())

    async def aclose(self) -> None:
        async with self._turn():
            for connection in (*self._readers, self._writer):  # the last one to close empties the WAL file
                await connection.close()
        self._presence.close()

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        task = asyncio.current_task()
        if self._writing_task is task:
            raise RuntimeError("a writing block inside another one would wait for itself")
        async with self._writers_turn:
            self._writing_task = task
            try:
                yield
            finally:
                self._writing_task = None

    async def _return_space(self) -> None:
        """Overwrite deleted samples in the file, then shrink it.

        In this order, since pages cut off before the checkpoint would stay on the disk unwiped.
        """
        try:
            [free] = await self._writer.execute_fetchall("PRAGMA freelist_count")
            if free[0] >= SPACE_WORTH_RETURNING:
                # As a script, because any other way steps the vacuum once, which frees one page.
                async with self._writer.executescript(SHRINK):
                    pass
        except sqlite3.OperationalError:
            return  # the block itself is kept, and the next one tries again


async def open_sqlite(url: str, *, lock_timeout: float = LOCK_TIMEOUT) -> SqliteDatabase:
    """The database in the file that `url` names, made on first use and readable by its owner alone.

    `lock_timeout` is how many seconds to wait for another process's transaction. Raises UserError.
    """
    path = _path_in(url)
    async with AsyncExitStack() as connections:
        try:
            _make_private(path)
            presence = connections.enter_context(closing(Presence(path)))
            writer = await connections.enter_async_context(_connection(path, lock_timeout))
            await _prepare_writer(writer, path, lock_timeout)
            readers = [await connections.enter_async_context(_connection(path, lock_timeout)) for _ in range(READERS)]
            for reader in readers:
                await reader.execute_fetchall("PRAGMA query_only = ON")
            database = SqliteDatabase(path, presence, writer, readers)
            await apply_migrations(database, known_migrations())
        except (OSError, sqlite3.Error, DatabaseTrouble) as error:
            raise UserError(_why_not(path, error)) from error
        connections.pop_all()  # from here on `aclose()` closes them
    return database


def _path_in(url: str) -> Path:
    parts = urlsplit(url)
    name = unquote(parts.path[1:])
    if parts.netloc or parts.query or parts.fragment or name in {"", ":memory:"} or "\0" in name:
        raise UserError(
            "DATABASE_URL names no file. Write sqlite:///data/mynah.db for a file below the current folder, "
            "or sqlite:////var/lib/mynah/mynah.db for one anywhere else."
        )
    return Path(name).absolute()


def _make_private(path: Path) -> None:
    """Create the file before SQLite does, which would let everybody on the machine read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _connection(path: Path, lock_timeout: float) -> aiosqlite.Connection:
    return aiosqlite.connect(path, isolation_level=None, timeout=lock_timeout)  # we say BEGIN ourselves


async def _prepare_writer(writer: aiosqlite.Connection, path: Path, lock_timeout: float) -> None:
    await writer.execute_fetchall("PRAGMA auto_vacuum = INCREMENTAL")  # counts only before the first table
    async for attempt in stamina.retry_context(
        on=_is_locked, attempts=None, timeout=lock_timeout, wait_initial=0.02, wait_max=0.5
    ):
        with attempt:  # two processes that make one file: the switch to WAL does not wait by itself
            [mode] = await writer.execute_fetchall("PRAGMA journal_mode = WAL")
            if mode[0] != "wal":
                raise UserError(
                    f"The file system of “{path}” cannot hold a write-ahead log, like many network shares. "
                    "Set DATABASE_URL to a file on a local disk."
                )
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON", "journal_size_limit = 0"):
        await writer.execute_fetchall(f"PRAGMA {pragma}")


def _why_not(path: Path, error: Exception) -> str:
    reason = error.__cause__ if isinstance(error, DatabaseTrouble) else error
    match reason:
        case sqlite3.Error() if _kind(reason) == sqlite3.SQLITE_NOTADB:
            why = "it is no SQLite database. Move that file away, or set DATABASE_URL to another one."
        case sqlite3.Error() if _kind(reason) == sqlite3.SQLITE_CORRUPT:
            why = "it is damaged. Restore it from a backup."
        case sqlite3.Error() if _kind(reason) == sqlite3.SQLITE_FULL:
            why = "its disk is full. Free some space, then start again."
        case sqlite3.Error() if _kind(reason) in LOCKED:
            why = "another program keeps it locked. End that program, then start again."
        case FileExistsError() | NotADirectoryError():
            why = "a file is where its folder should be. Set DATABASE_URL to another place."
        case _:
            said = (reason.strerror if isinstance(reason, OSError) else None) or str(reason)
            why = (
                f"{said[:1].lower()}{said[1:]}. Let the account that runs the bot write to the file and its "
                "folder, or set DATABASE_URL to another place."
            )
    return f"The database “{path}” cannot be used: {why}"


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and _kind(error) in LOCKED


def _kind(error: sqlite3.Error) -> int:
    """The primary result code, or 0 where the driver itself complained."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _named(values: Sequence[Value]) -> dict[str, Value]:
    """To SQLite `$1` is a name."""
    return {str(number): value for number, value in enumerate(values, start=1)}
