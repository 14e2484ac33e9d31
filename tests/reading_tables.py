"""What is kept in every table and column of the bot's database, whatever they are called."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def everything(database: Path) -> dict[str, list[Any]]:
    """The values of every column that there is, as `table.column`, past the bot."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        columns: dict[str, list[Any]] = {}
        for (table,) in names.fetchall():
            for (column,) in connection.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall():  # noqa: S608 - names from the schema
                rows = connection.execute(f'SELECT "{column}" FROM "{table}"').fetchall()  # noqa: S608 - likewise
                columns[f"{table}.{column}"] = [row[0] for row in rows]
        return columns


def where_found(database: Path, *traces: str) -> set[str]:
    """The columns in which any of these numbers or words stands, alone or in a longer text."""
    return {
        column
        for column, values in everything(database).items()
        for value in values
        if any(trace in (value.decode("latin-1") if isinstance(value, bytes) else str(value)) for trace in traces)
    }
