"""Reads every table and column of the bot's database, also those that are added later."""

from pathlib import Path
from typing import Any

from tests.stories.stored import Place, connected

_COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
}


def stored_values(place: Place) -> dict[str, list[Any]]:
    """Return the values of every column, under the key `table.column`."""
    with connected(place) as connection:
        columns: dict[str, list[Any]] = {}
        query = _COLUMNS["sqlite" if isinstance(place, Path) else "postgresql"]
        for table, column in connection.execute(query).fetchall():
            rows = connection.execute(f'SELECT "{column}" FROM "{table}"').fetchall()  # noqa: S608 - names from the schema
            columns[f"{table}.{column}"] = [row[0] for row in rows]
        return columns


def columns_containing(place: Place, *traces: str) -> set[str]:
    """Return the columns in which any of these numbers or words occurs, alone or in a longer text."""
    return {
        column
        for column, values in stored_values(place).items()
        for value in values
        if any(trace in (value.decode("latin-1") if isinstance(value, bytes) else str(value)) for trace in traces)
    }
