"""Applies the numbered files in `storage/migrations`, which make the tables.

A file is never edited after its release. The same transaction stores its number in the table `migration`.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import LiteralString, cast

from bot.errors import UserError
from bot.storage.engine.database import Database, Session


class SchemaTooNew(UserError):
    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database was made by a newer version of this bot (schema {found}; this one knows {known}). "
            "Install that version again, or restore the backup from before the update."
        )


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    statements: tuple[LiteralString, ...]


async def apply_migrations(
    database: Database, migrations: Sequence[Migration], *, lock: LiteralString | None = None
) -> None:
    """Bring the tables up to date. If two processes start at once, one applies the migrations and the other waits.

    `lock` is a statement that keeps other processes waiting until its transaction ends; None if `writing()` does so.
    Raises SchemaTooNew if the database has a later number than the last of `migrations`.
    """
    last = migrations[-1].number
    while True:
        async with database.writing() as db:
            if lock is not None:
                await db.execute(lock)
            applied = await _last_applied(db)
            if applied > last:
                raise SchemaTooNew(applied, last)
            if applied == last:
                return
            await _apply(db, migrations[applied])


@cache
def known_migrations() -> tuple[Migration, ...]:
    """Read the migrations in order; their numbers run from 1 without a gap."""
    folder = resources.files("bot.storage") / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return tuple(
        Migration(number, file.name, tuple(statements(file.read_text(encoding="utf-8"))))
        for number, file in enumerate(files, start=1)
        if _starts_with(number, file.name)
    )


def statements(script: str) -> Iterator[LiteralString]:
    """Split a script into statements; a semicolon in a comment or in quotation marks ends none."""
    pending = ""
    for piece in script.split(";")[:-1]:
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            yield cast("LiteralString", pending.strip())  # a file of ours is as trusted as our code
            pending = ""
    pending += script.rpartition(";")[2]
    if re.sub(r"--.*", "", pending).strip():
        raise ValueError(f"a statement without its semicolon: {pending.strip()[:60]}")


def _starts_with(number: int, name: str) -> bool:
    if not name.startswith(f"{number:04}_"):
        raise ValueError(f"migration {name} stands where number {number:04} is due")
    return True


async def _last_applied(db: Session) -> int:
    await db.execute("CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
    row = await db.fetch_one("SELECT COALESCE(MAX(number), 0) AS number FROM migration")
    return int(row["number"]) if row else 0


async def _apply(db: Session, migration: Migration) -> None:
    for statement in migration.statements:
        await db.execute(statement)
    await db.execute("INSERT INTO migration (number, name) VALUES ($1, $2)", migration.number, migration.name)
