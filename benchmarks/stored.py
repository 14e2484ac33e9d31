"""Fills a database of Mynah's before the bot starts."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from bot.storage.engine.opening import open_database


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVoice:
    """A voice as its owner's row; `due_in` milliseconds from now Fish Audio is asked about it."""

    id: str
    owner_id: int
    owner_name: str
    name: str
    fish_id: str
    guild_id: int
    channel_id: int
    slot: int = 0
    state: str = "trained"
    due_in: int | None = None
    is_shared: bool = False

    def row(self, now: int) -> dict[str, Any]:
        return {
            "id": self.id,
            "owner_id": self.owner_id,
            "owner_name": self.owner_name,
            "name": self.name,
            "name_key": self.name.casefold(),
            "slot": self.slot,
            "state": self.state,
            "guild_id": self.guild_id,
            "channel_id": self.channel_id,
            "fish_id": self.fish_id,
            "next_attempt_at": None if self.due_in is None else now + self.due_in,
            "since": now,
            "created_at": now,
        }


async def make_database(path: Path, voices: Iterable[StoredVoice]) -> None:
    """Make a new database with these voices in it."""
    async with open_database(f"sqlite:///{path}"):
        pass
    add_voices(path, voices)


async def make_postgres_database(url: str, voices: Iterable[StoredVoice]) -> None:
    """Put the tables and these voices into an empty database of PostgreSQL."""
    async with open_database(url):
        pass
    rows = [voice.row(_now()) for voice in voices]
    driver: Any = import_module("asyncpg")  # it has no types, and only this row needs it
    connection = await driver.connect(url)
    try:
        numbers = ", ".join(f"${number}" for number in range(1, len(rows[0]) + 1))
        query = f"INSERT INTO voice ({', '.join(rows[0])}) VALUES ({numbers})"
        await connection.executemany(query, [tuple(row.values()) for row in rows])
    finally:
        await connection.close()


def add_voices(path: Path, voices: Iterable[StoredVoice]) -> None:
    now, stored = _now(), list(voices)
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        add_rows(connection, "voice", (voice.row(now) for voice in stored))
        shares = (
            {
                "voice_id": voice.id,
                "guild_id": voice.guild_id,
                "audience": "server",
                "target_id": 0,
                "shared_by": voice.owner_id,
                "shared_at": now,
            }
            for voice in stored
            if voice.is_shared
        )
        add_rows(connection, "share", shares)


def add_rows(connection: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows that all have the columns of the first one."""
    left: Iterator[Mapping[str, Any]] = iter(rows)
    first = next(left, None)
    if first is None:
        return
    columns, values = ", ".join(first), ", ".join(f":{column}" for column in first)
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", chain((first,), left))


def _now() -> int:
    return int(time.time() * 1000)
