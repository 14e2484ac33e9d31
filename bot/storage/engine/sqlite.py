"""SQLite as a `Database`: one connection that writes in turn, and two that read beside it."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    nullcontext,
    suppress,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import aiosqlite

from bot.database_url import file_of
from bot.errors import UserError
from bot.models.common import Work
from bot.storage.engine.database import (
    Block,
    Conflict,
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
from bot.storage.engine.presence import Presence
from bot.storage.engine.private_files import make_private
from bot.storage.engine.wakeups import Wakeups
from bot.tries import tries

READERS = 2
LOCK_TIMEOUT = 10.0  # seconds to wait for another process (a backup, a second bot) to finish its transaction
SPACE_WORTH_RETURNING = 256  # free pages (4 KiB each), well below one sample

# What SQLite needs to take a block back holds what the block deletes, such as recordings. It would go to /var/tmp.
IN_MEMORY = "temp_store = MEMORY"
BATCH = 64  # blocks that share one commit
TOLD_AT_ONCE = 4  # of their callers, in one turn of the event loop: each goes on for up to a millisecond
LONGEST_PUT_OFF = 1.0  # seconds for which a wipe waits while more blocks wait, since all of them wait for a wipe
WIPE_TIMEOUT = 250  # milliseconds to wait for a reader of another process, while all writing waits

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
        if not isinstance(error, sqlite3.Error) or _kind(error) in MISTAKES:
            return error
        if _kind(error) == sqlite3.SQLITE_CONSTRAINT:
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


class SqliteDatabase:
    def __init__(
        self,
        path: Path,
        presence: Presence,
        writer: aiosqlite.Connection,
        readers: Sequence[aiosqlite.Connection],
        *,
        lock_timeout: float,
    ) -> None:
        self.wakeups = Wakeups()
        self._path = path
        self._presence = presence
        self._lock_timeout = lock_timeout
        self._writer = writer
        self._writers_turn = asyncio.Lock()
        self._writing_task: asyncio.Task[Any] | None = None
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._is_unwiped = True  # a process that was killed may have left deleted data in the files
        self._wipe_by = 0.0  # by `time.monotonic`
        self._readers = readers
        # Last in, first out: one that has read the tables goes first.
        self._idle_readers = asyncio.LifoQueue[aiosqlite.Connection]()
        for reader in readers:
            self._idle_readers.put_nowait(reader)

    @property
    def is_alone(self) -> bool:
        return self._presence.is_alone

    async def read(self, block: Block[Result]) -> Result:
        reader = await self._idle_readers.get()
        try:
            return await in_thread(reader, lambda: self._run_alone(reader, "BEGIN", block)[0])
        finally:
            self._idle_readers.put_nowait(reader)  # after a cancellation, the next block queues in its thread

    async def write(self, block: Block[Result]) -> Result:
        if self._writing_task is not None and self._writing_task is asyncio.current_task():
            raise RuntimeError("a writing block inside another one would wait for itself")
        waiting = _Waiting(block, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._commit_waiting()
        return await waiting.outcome

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Session]:
        reader = await self._idle_readers.get()
        try:
            remote = RemoteSqliteSession(reader, self._path, is_alone=self.is_alone)
            async with transaction(remote, "BEGIN") as session:
                yield session
        finally:
            self._idle_readers.put_nowait(reader)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[Session]:
        async with self._turn():
            remote = RemoteSqliteSession(self._writer, self._path, is_alone=self.is_alone)
            # IMMEDIATE, since one that first reads could otherwise fail at its first write as locked.
            async with transaction(remote, "BEGIN IMMEDIATE") as session:
                yield session
            await finished(in_thread(self._writer, lambda: self._wipe_if([remote])))
        self.wakeups.wake(remote.works)

    def sharing_slots(self, limit: int) -> AbstractAsyncContextManager[Slot]:  # noqa: ARG002 - each process has its own
        return nullcontext(nullcontext)

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:
        async with self._turn():
            was_owed = self._is_unwiped
            self._is_unwiped = True  # another process may have deleted something and died
            await finished(in_thread(self._writer, lambda: self._wipe(wholly=wholly)))
            is_wiped = not self._is_unwiped
            self._is_unwiped = not is_wiped and (again or was_owed)
        return is_wiped

    async def time(self) -> int | None:
        return None

    async def aclose(self) -> None:
        if self._committing is not None:
            await self._committing
        async with self._turn():
            for connection in (*self._readers, self._writer):  # the last one to close empties the WAL file
                await connection.close()
        self._presence.close()

    def _commit_waiting(self) -> None:
        """Write the waiting blocks together, after a batch that is being written."""
        if self._committing is None and self._waiting:
            self._committing = asyncio.create_task(self._write_batch(), name="commit")
            self._committing.add_done_callback(self._batch_written)

    def _batch_written(self, _: asyncio.Task[None]) -> None:
        self._committing = None
        self._commit_waiting()

    async def _write_batch(self) -> None:
        """Write up to `BATCH` waiting blocks in one transaction, so that they cost one commit."""
        async with self._turn():
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            batch = [waiting for waiting in batch if not waiting.outcome.done()]  # cancelled before they began
            try:
                written = await in_thread(self._writer, lambda: self._written([each.block for each in batch]))
            except BaseException as error:  # the thread has ended
                for waiting in batch:
                    waiting.fail(error)
                raise
        self._tell(list(zip(batch, written, strict=True)))

    def _tell(self, written: "list[tuple[_Waiting, tuple[Any, set[Work]]]]") -> None:
        """Give the callers their results, a few in each turn of the event loop."""
        for waiting, (result, works) in written[:TOLD_AT_ONCE]:
            if isinstance(result, _Failed):
                waiting.fail(result.error)
            else:
                self.wakeups.wake(works)
                waiting.succeed(result)
        if others := written[TOLD_AT_ONCE:]:
            asyncio.get_running_loop().call_soon(self._tell, others)

    def _written(self, blocks: Sequence[Block[Any]]) -> list[tuple[Any, set[Work]]]:
        """Write blocks; runs in the writer's thread. Returns each block's result, or `_Failed`, and its work."""
        written = self._run_together(blocks) if len(blocks) > 1 else None
        if written is None:
            written = [self._run_guarded(block) for block in blocks]
        self._wipe_if([session for _, session in written])
        return [(result, session.works) for result, session in written]

    def _run_together(self, blocks: Sequence[Block[Any]]) -> list[tuple[Any, SqliteSession]] | None:
        """Run blocks in one transaction, with a savepoint for each. Returns None if it failed as a whole."""
        connection = sqlite_of(self._writer)
        done: list[tuple[Any, SqliteSession]] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for block in blocks:
                session = SqliteSession(connection, self._path, is_alone=self.is_alone)
                connection.execute("SAVEPOINT block")
                result = _attempted(block, session)
                if isinstance(result, _Failed):
                    connection.execute("ROLLBACK TO block")  # fails if SQLite has rolled back everything
                    session.works = set()
                connection.execute("RELEASE block")
                done.append((result, session))
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.rollback()
            return None  # one block may be at fault, as some checks run at COMMIT: each runs alone
        return done

    def _run_guarded(self, block: Block[Any]) -> tuple[Any, SqliteSession]:
        try:
            return self._run_alone(self._writer, "BEGIN IMMEDIATE", block)
        except Exception as error:
            return _Failed(error), SqliteSession(sqlite_of(self._writer), self._path, is_alone=self.is_alone)

    def _run_alone(
        self, connection: aiosqlite.Connection, begin: LiteralString, block: Block[Result]
    ) -> tuple[Result, SqliteSession]:
        """Run a block as a transaction of its own, in the connection's thread."""
        driver = sqlite_of(connection)
        session = SqliteSession(driver, self._path, is_alone=self.is_alone)
        try:
            driver.execute(begin)
            result = carried_out(_whole(block, session))
            driver.execute("COMMIT")
        except BaseException as error:
            driver.rollback()
            if isinstance(error, sqlite3.Error) and (trouble := session.translated(error)) is not error:
                raise trouble from error
            raise
        return result, session

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

    def _wipe_if(self, sessions: Iterable[SqliteSession]) -> None:
        """Overwrite what these and earlier blocks have deleted; while others wait, once for all and within a second.

        If another process is reading, the next block tries again.
        """
        if not self._is_unwiped and any(session.is_wiping for session in sessions):
            self._is_unwiped, self._wipe_by = True, time.monotonic() + LONGEST_PUT_OFF
        if self._is_unwiped and not (self._waiting and time.monotonic() < self._wipe_by):
            self._wipe()

    def _wipe(self, *, wholly: bool = False) -> None:
        """Overwrite what was deleted, in the file and in its write-ahead log, then give the space back.

        The order matters: pages cut off before the checkpoint would stay on the disk unwiped.
        """
        connection = sqlite_of(self._writer)
        with suppress(sqlite3.OperationalError):
            connection.execute(f"PRAGMA busy_timeout = {WIPE_TIMEOUT}")
            is_wiped = _empty_log(connection)
            if is_wiped and wholly:
                _write_anew(connection, self._path.parent)
                is_wiped = _empty_log(connection)
            [free] = connection.execute("PRAGMA freelist_count").fetchone()
            if free >= SPACE_WORTH_RETURNING:
                connection.executescript("PRAGMA incremental_vacuum")  # any other way frees one page
                is_wiped = _empty_log(connection)
            self._is_unwiped = not is_wiped
        connection.execute(f"PRAGMA busy_timeout = {int(self._lock_timeout * 1000)}")


class _Waiting:
    """A block that waits to be written, and the future of its result."""

    def __init__(self, block: Block[Any], outcome: "asyncio.Future[Any]") -> None:
        self.block = block
        self.outcome = outcome

    def succeed(self, result: object) -> None:
        if not self.outcome.done():  # cancelled meanwhile
            self.outcome.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


async def _whole(block: Block[Result], session: SqliteSession) -> Result:
    """Run a block inside a transaction. Raises what failed in it, also if the block caught that."""
    result = await block(session)
    if session.failure is not None:
        raise session.failure
    return result


def _attempted(block: Block[Any], session: SqliteSession) -> Any:
    """Run a block inside a shared transaction. Returns its result, or `_Failed`."""
    try:
        return carried_out(_whole(block, session))
    except Exception as error:
        return _Failed(error)


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Move the write-ahead log into the file and truncate the log. Returns False while others read."""
    [is_busy, _, _] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def _write_anew(connection: sqlite3.Connection, folder: Path) -> None:
    """Write the whole file anew from its rows, by way of a file without a name in its folder: it may be large."""
    place = str(folder.resolve()).replace("'", "''")
    connection.executescript(f"PRAGMA temp_store_directory = '{place}'; PRAGMA temp_store = FILE")
    try:
        connection.execute("VACUUM")
    finally:
        connection.executescript(f"PRAGMA {IN_MEMORY}")


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
    """Return SQLite's primary result code; 0 for an error of the driver."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _named(values: Sequence[Value]) -> dict[str, Value]:
    """Return the values by name, since `$1` is a name to SQLite."""
    return {str(number): value for number, value in enumerate(values, start=1)}
