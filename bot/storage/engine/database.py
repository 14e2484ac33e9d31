"""What a store may ask of a database, and the rules that SQLite and PostgreSQL keep alike.

A block is one transaction. It counts as a whole when it is left normally and not at all otherwise: after an
error, a cancellation, or a statement that failed in it, also where the store caught that failure. So
`Conflict` is caught around a block, never inside.
"""

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, LiteralString, Protocol, TypeAlias, TypeVar

Value: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = Mapping[str, Any]
Result = TypeVar("Result")


class StorageError(Exception):
    """A block failed, and nothing of it was kept; the engine's own error is the cause."""


class Conflict(StorageError):
    """A UNIQUE constraint or a primary key said no."""


class DatabaseTrouble(StorageError):
    """The database itself is unwell: full, locked, lost, unreadable. The same block may succeed later."""


class Session(Protocol):
    """The statements of one block. Their values are numbered `$1`, `$2`, … and may be used more than once."""

    async def fetch_one(self, query: LiteralString, *values: Value) -> Row | None:
        """The first row that the query gives; also for `… RETURNING`."""
        ...

    async def fetch_all(self, query: LiteralString, *values: Value) -> list[Row]: ...

    async def execute(self, query: LiteralString, *values: Value) -> int:
        """Run a statement without RETURNING; how many rows it inserted, changed or deleted."""
        ...


class Database(Protocol):
    @property
    def due_lock(self) -> LiteralString:
        """Ends the inner select of a claim, so that two processes pass over each other's rows."""
        ...

    @property
    def is_alone(self) -> bool:
        """Whether surely no other process uses this database: then what is claimed was claimed by one that has died."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Session]:
        """All queries of one block see the same moment, and none may write."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Session]:
        """A transaction: one at a time in SQLite, READ COMMITTED in PostgreSQL. Never one inside another."""
        ...

    async def aclose(self) -> None: ...


class EngineSession(ABC):
    """What both engines' sessions share: equal values, translated errors, no life after a failure."""

    def __init__(self) -> None:
        self.failure: Exception | None = None

    @abstractmethod
    async def query(self, query: str, values: Sequence[Value]) -> list[Row]:
        """All rows of one statement, with the engine's own errors."""

    @abstractmethod
    async def change(self, query: str, values: Sequence[Value]) -> int:
        """How many rows one statement changed, with the engine's own errors."""

    @abstractmethod
    def translated(self, error: Exception) -> Exception:
        """The `Conflict` or `DatabaseTrouble` that the engine's error means, or the error itself."""

    @abstractmethod
    async def roll_back(self) -> None:
        """Give up the transaction, if there is (still) one."""

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
    """Run a block of statements whole or not at all, and end with no transaction open, whatever happens."""
    try:
        await session.execute(begin)  # inside: a cancelled BEGIN may still take effect
        yield session
        await finished(session.execute("COMMIT"))  # raises again what failed in the block
    except BaseException:
        await finished(session.roll_back())
        raise


async def finished(work: Coroutine[Any, Any, Result]) -> Result:
    """Await `work` to its end even when cancelled meanwhile; the cancellation is raised afterwards."""
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
    """Let both engines keep the same value, or neither.

    PostgreSQL's driver takes no bool for a BIGINT and its text no NUL; SQLite would make NaN a NULL.
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
