"""Reads every table and column of the bot's database, also those that are added later."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def stored_values(database: Path) -> dict[str, list[Any]]:
    """Return the values of every column, under the key `table.column`."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        columns: dict[str, list[Any]] = {}
        for (table,) in names.fetchall():
            for (column,) in connection.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall():  # noqa: S608 - names from the schema
                rows = connection.execute(f'SELECT "{column}" FROM "{table}"').fetchall()  # noqa: S608 - likewise
                columns[f"{table}.{column}"] = [row[0] for row in rows]
        return columns


def columns_containing(database: Path, *traces: str) -> set[str]:
    """Return the columns in which any of these numbers or words occurs, alone or in a longer text."""
    return {
        column
        for column, values in stored_values(database).items()
        for value in values
        if any(trace in (value.decode("latin-1") if isinstance(value, bytes) else str(value)) for trace in traces)
    }
