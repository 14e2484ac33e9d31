"""Fills every table with rows that are made from the schema alone, so that tables added later are included."""

import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from typing import Any, LiteralString, cast

from bot.storage.engine.database import Database, Session, Value
from bot.storage.engine.migrate import known_migrations

# Columns that do not take every value.
CHOICES: Mapping[str, Value] = {
    "alert.kind": "key",
    "last_seen.id": 1,
    "departure.audience": "member",
    "departure.cause": "deleted",
    "notice.kind": "news",
    "preference.cloning": "ask",
    "preference.default_voice_id": None,
    "preference.post_as": None,
    "removal.fish_id": None,
    "server.left_at": None,
    "server_grant.kind": "speak",
    "share.audience": "member",
    "utterance.posted_as": "file",
    "voice.fish_id": None,
    "voice.held_for": None,
    "voice.state": "trained",
    "voice.tag": None,
}


class Column:
    def __init__(self, table: str, name: str, kind: str, refers_to: str | None) -> None:
        self.table, self.name, self.kind, self.refers_to = table, name, kind, refers_to
        self.path = f"{table}.{name}"


@cache
def schema() -> dict[str, list[Column]]:
    """Return the columns of every table, as the migrations make them. A table comes after those to which it refers."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in known_migrations():
            for statement in migration.statements:
                connection.execute(statement)
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found: dict[str, list[Column]] = {}
        for table in tables:
            references = {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list('{table}')")}
            columns = connection.execute(f"PRAGMA table_info('{table}')").fetchall()
            found[table] = [Column(table, row[1], row[2], references.get(row[1])) for row in columns]
    return found


class Filling:
    """Adds rows. Values that are not given are numbered, and refer to rows of their own, so no constraint fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers = itertools.count(1000)
        self.tables = schema()

    async def add(self, table: str, values: Mapping[str, Value]) -> Value:
        """Add a row with these values by column, and any values in the others. Returns its key."""
        async with self._database.writing() as db:
            return await self.insert(db, table, values)

    async def insert(self, db: Session, table: str, values: Mapping[str, Value]) -> Value:
        """Do the same inside a block."""
        columns = self.tables[table]
        row = {
            column.name: values[column.name] if column.name in values else await self._any(db, column)
            for column in columns
        }
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        query = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"  # noqa: S608 - names from the schema
        await db.execute(cast("LiteralString", query), *row.values())
        return row[columns[0].name]

    async def _any(self, db: Session, column: Column) -> Value:
        if column.path in CHOICES:
            return CHOICES[column.path]
        if column.refers_to is not None:
            return await self.insert(db, column.refers_to, {})
        number = next(self._numbers)
        values: dict[str, Value] = {"BIGINT": number, "TEXT": f"any {number}", "BYTEA": b"any"}
        return values[column.kind]

    async def columns_containing(self, *traces: str) -> set[str]:
        """Return the columns that hold one of these numbers or words, alone or in a longer text."""
        found: set[str] = set()
        async with self._database.reading() as db:
            for table in self.tables:
                query = f"SELECT * FROM {table}"  # noqa: S608 - a name from the schema
                for row in await db.fetch_all(cast("LiteralString", query)):
                    found |= {f"{table}.{name}" for name, text in _texts(row) if any(trace in text for trace in traces)}
        return found


def _texts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        yield name, value.decode("latin-1") if isinstance(value, bytes) else str(value)
