"""One connection that writes in turn, and others that read beside it."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import aiosqlite

from bot.models.common import Work
from bot.storage.engine.database import Block, Result, Session, Slot, finished, transaction
from bot.storage.engine.sqlite.presence import Presence
from bot.storage.engine.sqlite.sessions import RemoteSqliteSession, SqliteSession, carried_out, in_thread, sqlite_of
from bot.storage.engine.sqlite.wiping import Wiper
from bot.storage.engine.wakeups import Wakeups

BATCH = 64  # blocks that share one commit
TOLD_AT_ONCE = 4  # of their callers, in one turn of the event loop: each goes on for up to a millisecond


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
        self._writer = writer
        self._writers_turn = asyncio.Lock()
        self._writing_task: asyncio.Task[Any] | None = None
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._wiper = Wiper(sqlite_of(writer), path.parent, lock_timeout=lock_timeout)
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
            await finished(in_thread(self._writer, lambda: self._wipe_after([remote])))
        self.wakeups.wake(remote.works)

    def sharing_slots(self, limit: int) -> AbstractAsyncContextManager[Slot]:  # noqa: ARG002 - each process has its own
        return nullcontext(nullcontext)

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:
        async with self._turn():
            return await finished(in_thread(self._writer, lambda: self._wiper.wipe(wholly=wholly, again=again)))

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
        self._wipe_after([session for _, session in written])
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

    def _wipe_after(self, sessions: Sequence[SqliteSession]) -> None:
        self._wiper.wipe_after(sessions, others_wait=bool(self._waiting))


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
