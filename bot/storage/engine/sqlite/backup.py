"""Copies an SQLite database while others use it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.database_url import engine_of, file_of
from bot.errors import UserError
from bot.storage.engine.sqlite.private_files import is_there


def back_up(url: str, target: Path) -> None:
    """Write a snapshot of the database into a new file that only its owner can read.

    Raises UserError if there is no such database, if `target` exists, or if it cannot be written.
    """
    if engine_of(url) != "sqlite":
        raise UserError("DATABASE_URL names a PostgreSQL database. Back it up with `pg_dump`.")
    source = file_of(url)
    if not is_there(source):
        raise UserError(f"There is no database “{source}” to back up. Set DATABASE_URL to the one that the bot uses.")
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise UserError(f"“{target}” exists, and I overwrite nothing. Name another file.") from None
    except OSError as error:
        raise UserError(f"“{target}” cannot be written: {error.strerror}. Name another file.") from None
    try:
        _copy(source, target)
    except BaseException as error:
        target.unlink(missing_ok=True)  # half a backup is worse than none
        if isinstance(error, sqlite3.Error):
            raise UserError(f"“{source}” could not be copied to “{target}”: {error}.") from None
        raise


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.execute("PRAGMA query_only = ON")
        original.backup(copy)  # in one transaction, so no write is in it by half
        copy.execute("PRAGMA journal_mode = DELETE")  # one file; the bot makes it a write-ahead log again
