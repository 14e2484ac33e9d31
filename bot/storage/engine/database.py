"""The interface of a database, and the rules that SQLite and PostgreSQL both keep.

A block is one transaction. It is committed if it ends normally. It is rolled back after an error, and also after a
failed statement whose error the block caught. So catch `Conflict` around a block, never inside.

A block is an async function that awaits nothing but its session. SQLite runs it from beginning to end in the thread of
a connection, so it must not touch the event loop. It may run a second time, so it must change nothing but the database.
"""

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, LiteralString, Protocol, TypeAlias, TypeVar

from bot.models.common import Work
from bot.storage.engine.wakeups import Wakeups

Value: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = Mapping[str, Any]
Result = TypeVar("Result")


class StorageError(Exception):
    """A block failed, and nothing of it was kept; the engine's own error is the cause."""


class Conflict(StorageError):
    """A UNIQUE constraint or a primary key was violated."""


class DatabaseTrouble(StorageError):
    """The database is full, locked, lost or unreadable. The same block may succeed later."""


class Session(Protocol):
    """The statements of one block. Their values are numbered `$1`, `$2`, … and may be used more than once."""

    async def fetch_one(self, query: LiteralString, *values: Value) -> Row | None:
        """Return the first row of a query or of `… RETURNING`; None if there is none."""
        ...

    async def fetch_all(self, query: LiteralString, *values: Value) -> list[Row]: ...

    async def execute(self, query: LiteralString, *values: Value) -> int:
        """Run a statement without RETURNING. Returns how many rows it inserted, changed or deleted."""
        ...

    def wakes(self, work: Work) -> None:
        """Wake the workers of this kind after the block is committed, and only then."""
        ...

    def wipes(self) -> None:
        """Overwrite what the block deletes in the database's files after it is committed."""
        ...

    @property
    def due_lock(self) -> LiteralString:
        """The end of a claim's inner SELECT, which makes two processes skip each other's rows."""
        ...

    def joined(self, text: LiteralString, *, order: LiteralString) -> LiteralString:
        """Return an aggregate that joins the texts of many rows, the same each time while the rows are the same."""
        ...

    @property
    def is_alone(self) -> bool:
        """True if surely no other process uses the database, so that the process that claimed a row has died."""
        ...


Block: TypeAlias = Callable[[Session], Coroutine[Any, Any, Result]]

# Raises if what permitted a write no longer holds; runs inside the block that writes.
Guard: TypeAlias = Callable[[Session], Coroutine[Any, Any, None]]

# Wait for one of the slots that all processes share, and hold it inside the block.
Slot: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


class Database(Protocol):
    @property
    def wakeups(self) -> Wakeups: ...

    async def read(self, block: Block[Result]) -> Result:
        """Run a block that may not write; all its queries see the same snapshot."""
        ...

    async def write(self, block: Block[Result]) -> Result:
        """Run a block as a transaction: one at a time in SQLite, READ COMMITTED in PostgreSQL.

        A block that has begun runs to its end, even if the caller is cancelled meanwhile.
        """
        ...

    def reading(self) -> AbstractAsyncContextManager[Session]:
        """Open a reading block whose statements are sent one by one, for migrations and tests."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Session]:
        """Open a writing block whose statements are sent one by one, for migrations and tests.

        Never open one inside another. A cancellation rolls it back.
        """
        ...

    def sharing_slots(self, limit: int) -> AbstractAsyncContextManager[Slot]:
        """Let at most `limit` blocks of all processes on the database hold a slot; SQLite bounds nothing."""
        ...

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:
        """Overwrite everything that was deleted in the database's files.

        With `wholly`, also the copies of rows that SQLite leaves in a page when it moves rows to another one; for this
        the whole file is written anew, and all writes wait. Returns False if another process that reads stands in the
        way: then each write waits for it a little and tries `again`. PostgreSQL's files are its server's business.
        """
        ...

    async def time(self) -> int | None:
        """Return what the clock of the database's server shows; None for a file, which one machine uses."""
        ...

    async def aclose(self) -> None: ...


class EngineSession(ABC):
    """The part that both engines' sessions share. After a failed statement, every further one raises the same error."""

    due_lock: LiteralString = ""

    def __init__(self, *, is_alone: bool) -> None:
        self.failure: Exception | None = None
        self.is_alone = is_alone
        self.works: set[Work] = set()
        self.is_wiping = False

    def wakes(self, work: Work) -> None:
        self.works.add(work)

    def wipes(self) -> None:
        self.is_wiping = True

    @abstractmethod
    async def query(self, query: str, values: Sequence[Value]) -> list[Row]:
        """Return all rows of one statement. Raises the engine's own errors."""

    @abstractmethod
    async def change(self, query: str, values: Sequence[Value]) -> int:
        """Return how many rows one statement changed. Raises the engine's own errors."""

    @abstractmethod
    def joined(self, text: LiteralString, *, order: LiteralString) -> LiteralString: ...

    @abstractmethod
    def translated(self, error: Exception) -> Exception:
        """Return the `Conflict` or `DatabaseTrouble` for an error of the engine, or the error itself."""

    @abstractmethod
    async def roll_back(self) -> None:
        """Roll the transaction back, if one is open."""

    async def commit(self) -> None:
        """Commit the transaction. Raises again what failed in the block."""
        await self.execute("COMMIT")

    async def fetch_one(self, query: LiteralString, *values: Value) -> Row | None:
        rows = await self.fetch_all(query, *values)
        return rows[0] if rows else None

    async def fetch_all(self, query: LiteralString, *values: Value) -> list[Row]:
        return await self._run(self.query, query, values)

    async def execute(self, query: LiteralString, *values: Value) -> int:
        return await self._run(self.change, query, values)

    async def _run(
        self,
        statement: Callable[[str, Sequence[Value]], Coroutine[Any, Any, Result]],
        query: LiteralString,
        values: Sequence[Value],
    ) -> Result:
        if self.failure is not None:
            raise self.failure
        try:
            return await statement(query, [_storable(value) for value in values])
        except asyncio.CancelledError:
            self.failure = DatabaseTrouble("a statement of this block was cancelled")
            raise
        except Exception as error:
            self.failure = self.translated(error)
            if self.failure is error:
                raise
            raise self.failure from error


@asynccontextmanager
async def transaction(session: EngineSession, begin: LiteralString) -> AsyncGenerator[EngineSession]:
    """Run a block of statements as one transaction, and leave none open in any case."""
    try:
        await session.execute(begin)  # inside: a cancelled BEGIN may still take effect
        yield session
        await finished(session.commit())
    except BaseException:
        await finished(session.roll_back())
        raise


async def finished(work: Coroutine[Any, Any, Result]) -> Result:
    """Await `work` to its end even if cancelled meanwhile; the cancellation is raised afterwards."""
    task = asyncio.create_task(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation from task.exception()
    return task.result()


def _storable(value: Value) -> Value:
    """Return the value as both engines can store it. Raises ValueError for what one of them cannot.

    PostgreSQL's driver takes no bool for a BIGINT, and its text holds no NUL. SQLite would store NaN as NULL.
    """
    match value:
        case int():
            return int(value)
        case float() if math.isnan(value):
            raise ValueError("NaN cannot be stored")
        case str() if "\0" in value:
            raise ValueError("text with a NUL character cannot be stored")
        case _:
            return value
