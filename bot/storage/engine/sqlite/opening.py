"""Opens the file of an SQLite database, and explains why it cannot be opened."""

import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import LiteralString

import aiosqlite

from bot.database_url import file_of
from bot.errors import UserError
from bot.storage.engine.database import DatabaseTrouble
from bot.storage.engine.migrate import apply_migrations, known_migrations
from bot.storage.engine.sqlite.database import SqliteDatabase
from bot.storage.engine.sqlite.presence import Presence
from bot.storage.engine.sqlite.private_files import make_private
from bot.storage.engine.sqlite.sessions import LOCKED, in_thread, kind, sqlite_of
from bot.storage.engine.sqlite.wiping import IN_MEMORY
from bot.tries import tries

READERS = 2
LOCK_TIMEOUT = 10.0  # seconds to wait for another process (a backup, a second bot) to finish its transaction


async def open_sqlite(url: str, *, lock_timeout: float = LOCK_TIMEOUT) -> SqliteDatabase:
    """Open the database in the file that `url` names, which is made on first use and readable by its owner only.

    `lock_timeout` is how many seconds to wait for another process's transaction. Raises UserError.
    """
    path = file_of(url)
    async with AsyncExitStack() as connections:
        try:
            make_private(path)
            presence = connections.enter_context(closing(Presence(path)))
            writer = await connections.enter_async_context(_connection(path, lock_timeout))
            await _prepare_writer(writer, path, lock_timeout)
            readers = [await connections.enter_async_context(_connection(path, lock_timeout)) for _ in range(READERS)]
            for reader in readers:
                await _set(reader, "query_only = ON", IN_MEMORY)
            database = SqliteDatabase(path, presence, writer, readers, lock_timeout=lock_timeout)
            await apply_migrations(database, known_migrations())
        except (OSError, sqlite3.Error, DatabaseTrouble) as error:
            raise UserError(_why_not(path, error)) from error
        connections.pop_all()  # from here on `aclose()` closes them
    return database


def _connection(path: Path, lock_timeout: float) -> aiosqlite.Connection:
    return aiosqlite.connect(path, isolation_level=None, timeout=lock_timeout)  # we say BEGIN ourselves


async def _prepare_writer(writer: aiosqlite.Connection, path: Path, lock_timeout: float) -> None:
    await writer.execute_fetchall("PRAGMA auto_vacuum = INCREMENTAL")  # counts only before the first table
    async for attempt in tries(_is_locked, attempts=None, timeout=lock_timeout, wait_initial=0.02, wait_max=0.5):
        with attempt:  # if two processes make the file at once: the switch to WAL does not wait
            [mode] = await writer.execute_fetchall("PRAGMA journal_mode = WAL")
            if mode[0] != "wal":
                raise UserError(
                    f"The file system of “{path}” cannot hold a write-ahead log, like many network shares. "
                    "Set DATABASE_URL to a file on a local disk."
                )
    await _set(
        writer, "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON", "journal_size_limit = 0", IN_MEMORY
    )


async def _set(connection: aiosqlite.Connection, *pragmas: LiteralString) -> None:
    """Set all of these at once, since each way to the thread and back costs more than they do."""
    script = "".join(f"PRAGMA {pragma};" for pragma in pragmas)
    await in_thread(connection, lambda: sqlite_of(connection).executescript(script).close())


def _why_not(path: Path, error: Exception) -> str:
    reason = error.__cause__ if isinstance(error, DatabaseTrouble) else error
    match reason:
        case sqlite3.Error() if kind(reason) == sqlite3.SQLITE_NOTADB:
            why = "it is no SQLite database. Move that file away, or set DATABASE_URL to another one."
        case sqlite3.Error() if kind(reason) == sqlite3.SQLITE_CORRUPT:
            why = "it is damaged. Restore it from a backup."
        case sqlite3.Error() if kind(reason) == sqlite3.SQLITE_FULL:
            why = "its disk is full. Free some space, then start again."
        case sqlite3.Error() if kind(reason) in LOCKED:
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
    return isinstance(error, sqlite3.OperationalError) and kind(error) in LOCKED
