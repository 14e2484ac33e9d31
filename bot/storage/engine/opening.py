"""Opens the engine for which a database URL asks."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.database_url import engine_of
from bot.errors import UserError
from bot.storage.engine.database import Database, finished


@asynccontextmanager
async def open_database(url: str) -> AsyncGenerator[Database]:
    """Open the database at `sqlite:///relative`, `sqlite:////absolute` or `postgresql://…`, with its tables up to date.

    Raises UserError, in words for the host, if it cannot be used.
    """
    database = await _open(url)
    try:
        yield database
    finally:
        await finished(database.aclose())


async def _open(url: str) -> Database:
    if engine_of(url) == "sqlite":
        from bot.storage.engine.sqlite.opening import open_sqlite

        return await open_sqlite(url)
    try:
        from bot.storage.engine.postgres.database import open_postgres
    except ModuleNotFoundError as error:
        raise UserError(
            "DATABASE_URL names a PostgreSQL database, but its driver is not installed. "
            "Install it with `pip install 'mynah[postgres]'`."
        ) from error
    return await open_postgres(url)
