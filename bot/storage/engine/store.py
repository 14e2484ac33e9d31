"""The base of all stores: each method is one block, and so one trip to the database."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.storage.engine.database import Database, Session

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
AnyStore = TypeVar("AnyStore", bound="Store")

# A store's method as it is written, and as it is called.
Written = Callable[Concatenate[AnyStore, Session, Arguments], Coroutine[Any, Any, Result]]
Called = Callable[Concatenate[AnyStore, Arguments], Coroutine[Any, Any, Result]]


class Store:
    """Reads and changes some tables, with methods that take and return dataclasses."""

    def __init__(self, database: Database) -> None:
        self.database = database


def reads(method: Written[AnyStore, Arguments, Result]) -> Called[AnyStore, Arguments, Result]:
    """Run a method as one reading block, which gives it `db`."""

    @wraps(method)
    async def read(self: AnyStore, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return await self.database.read(lambda db: method(self, db, *args, **kwargs))

    return read


def writes(method: Written[AnyStore, Arguments, Result]) -> Called[AnyStore, Arguments, Result]:
    """Run a method as one writing block, which gives it `db`."""

    @wraps(method)
    async def write(self: AnyStore, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return await self.database.write(lambda db: method(self, db, *args, **kwargs))

    return write
