"""Moves everything from one database into another one, of either engine."""

import hashlib
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString, cast

from bot.database_url import engine_of, file_of
from bot.errors import UserError
from bot.storage.engine.database import Database, Row, Session, Value
from bot.storage.engine.migrate import known_migrations
from bot.storage.engine.opening import open_database
from bot.storage.engine.sqlite.private_files import is_there

ROWS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    has_bytes: bool

    @property
    def rows_at_once(self) -> int:
        return 1 if self.has_bytes else ROWS_AT_ONCE  # a recording may have 20 MB


class Digest:
    """A checksum of rows, whatever their order, and how many there are."""

    def __init__(self) -> None:
        self.count = 0
        self.sum = 0

    def add(self, rows: Sequence[Row], table: Table) -> None:
        self.count += len(rows)
        for row in rows:
            content = repr([row[column] for column in table.columns]).encode()
            self.sum = (self.sum + int.from_bytes(hashlib.sha256(content).digest(), "big")) % 2**256


async def move(source_url: str, target_url: str) -> Mapping[str, int]:
    """Copy every row into an empty database, all or none. Returns the number of rows by table.

    Raises UserError if the source is in use or missing, or the target is in use or not empty.
    """
    try:
        is_missing = engine_of(source_url) == "sqlite" and not is_there(file_of(source_url))
        engine_of(target_url)
    except UserError as problem:
        raise UserError(str(problem).replace("DATABASE_URL", "The address after --from or --to")) from None
    if _place_of(source_url) == _place_of(target_url):
        raise UserError("--from and --to name the same database. Name an empty one after --to.")
    if is_missing:
        raise UserError(f"There is no database “{file_of(source_url)}” to move. Name the one that the bot uses.")
    try:
        async with _opened(source_url, "--from") as source, _opened(target_url, "--to") as target:
            return await _copied(source, target)
    except UserError:
        raise
    except Exception as error:
        said = str(error).partition("\n")[0]  # what PostgreSQL says below it quotes a row
        raise UserError(f"The move broke off ({said}), and nothing was moved. Put it right, then try again.") from None


def _place_of(url: str) -> str | Path:
    """Return what is the same for two addresses of one file, however they are written."""
    return file_of(url).resolve() if engine_of(url) == "sqlite" else url


def tables() -> list[Table]:
    """Read the tables from the migrations; a table comes after those that it refers to."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in known_migrations():
            for statement in migration.statements:
                connection.execute(statement)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        refers_to = {
            name: {row[2] for row in connection.execute(f"PRAGMA foreign_key_list('{name}')")} - {name}
            for name in names
        }
        ordered: list[str] = []
        while len(ordered) < len(names):
            ordered += [name for name in names if name not in ordered and refers_to[name] <= {*ordered}]
        return [_table(connection, name) for name in ordered]


def _table(connection: sqlite3.Connection, name: str) -> Table:
    columns = connection.execute(f"PRAGMA table_info('{name}')").fetchall()
    key = sorted((column for column in columns if column[5]), key=lambda column: column[5])
    return Table(
        name,
        tuple(column[1] for column in columns),
        tuple(column[1] for column in key),
        has_bytes=any(column[2] == "BYTEA" for column in columns),
    )


@asynccontextmanager
async def _opened(url: str, name: str) -> AsyncGenerator[Database]:
    """Open one of the two databases, unless somebody else has it open."""
    async with AsyncExitStack() as opened:
        try:
            database = await opened.enter_async_context(open_database(url))
        except UserError as problem:
            raise UserError(str(problem).replace("DATABASE_URL", name)) from None
        async with database.reading() as db:
            if not db.is_alone:
                raise UserError(f"Another process uses the database of {name}. Stop the bot, then try again.")
        yield database


async def _copied(source: Database, target: Database) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    async with source.reading() as old, target.writing() as new:
        for table in tables():
            if await _has_rows(new, table):
                raise UserError("The database of --to is not empty, and I overwrite nothing. Name an empty one.")
        for table in tables():
            read, written = Digest(), Digest()
            async for rows in _rows(old, table):
                read.add(rows, table)
                await _insert(new, table, rows)
            async for rows in _rows(new, table):
                written.add(rows, table)
            if (written.count, written.sum) != (read.count, read.sum):
                raise UserError(f"The rows of {table.name} arrived otherwise than they were sent. Nothing was moved.")
            counts[table.name] = read.count
    return counts


async def _has_rows(db: Session, table: Table) -> bool:
    return await db.fetch_one(_query(f"SELECT 1 AS found FROM {table.name} LIMIT 1")) is not None


async def _rows(db: Session, table: Table) -> AsyncIterator[list[Row]]:
    """Yield all rows in the order of their key, a few at a time."""
    key = ", ".join(table.key)
    places = ", ".join(f"${number}" for number in range(1, len(table.key) + 1))
    first = f"SELECT * FROM {table.name} ORDER BY {key} LIMIT {table.rows_at_once}"
    after = f"SELECT * FROM {table.name} WHERE ({key}) > ({places}) ORDER BY {key} LIMIT {table.rows_at_once}"
    rows = await db.fetch_all(_query(first))
    while rows:
        yield rows
        rows = await db.fetch_all(_query(after), *(rows[-1][column] for column in table.key))


async def _insert(db: Session, table: Table, rows: Sequence[Row]) -> None:
    width = len(table.columns)
    values: list[Value] = [row[column] for row in rows for column in table.columns]
    places = (
        f"({', '.join(f'${number * width + column}' for column in range(1, width + 1))})" for number in range(len(rows))
    )
    query = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {', '.join(places)}"
    await db.execute(_query(query), *values)


def _query(text: str) -> LiteralString:
    return cast("LiteralString", text)  # made of names from the schema
