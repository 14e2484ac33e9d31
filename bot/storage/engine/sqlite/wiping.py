"""Overwrites what was deleted in the files of an SQLite database."""

import sqlite3
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from bot.storage.engine.sqlite.sessions import LOCKED, SqliteSession, kind

log = structlog.get_logger(__name__)

SPACE_WORTH_RETURNING = 256  # free pages (4 KiB each), well below one sample

# What SQLite needs to take a block back holds what the block deletes, such as recordings. It would go to /var/tmp.
IN_MEMORY = "temp_store = MEMORY"
LONGEST_PUT_OFF = 1.0  # seconds for which a wipe waits while more blocks wait, since all of them wait for a wipe
WIPE_TIMEOUT = 250  # milliseconds to wait for a reader of another process, while all writing waits


class Wiper:
    """Wipes over the connection that writes; all of it runs in that connection's thread."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, *, lock_timeout: float) -> None:
        self._connection = connection
        self._folder = folder
        self._lock_timeout = lock_timeout
        self._is_unwiped = True  # a process that was killed may have left deleted data in the files
        self._wipe_by = 0.0  # by `time.monotonic`

    def wipe_after(self, sessions: Iterable[SqliteSession], *, others_wait: bool) -> None:
        """Overwrite what these and earlier blocks have deleted; while others wait, once for all and within a second.

        If another process is reading, the next block tries again.
        """
        if not self._is_unwiped and any(session.is_wiping for session in sessions):
            self._is_unwiped, self._wipe_by = True, time.monotonic() + LONGEST_PUT_OFF
        if self._is_unwiped and not (others_wait and time.monotonic() < self._wipe_by):
            self._wipe()

    def wipe(self, *, wholly: bool, again: bool) -> bool:
        """Overwrite what anybody has deleted, as `Database.wipe` says."""
        was_owed = self._is_unwiped
        self._is_unwiped = True  # another process may have deleted something and died
        self._wipe(wholly=wholly)
        is_wiped = not self._is_unwiped
        self._is_unwiped = not is_wiped and (again or was_owed)
        return is_wiped

    def _wipe(self, *, wholly: bool = False) -> None:
        """Overwrite what was deleted, in the file and in its write-ahead log, then give the space back.

        The order matters: pages cut off before the checkpoint would stay on the disk unwiped.
        """
        connection = self._connection
        try:
            connection.execute(f"PRAGMA busy_timeout = {WIPE_TIMEOUT}")
            is_wiped = _empty_log(connection)
            if is_wiped and wholly:
                try:
                    _write_anew(connection, self._folder)
                finally:
                    is_wiped = _empty_log(connection)  # also if there was no room: the log has taken what there was
            [free] = connection.execute("PRAGMA freelist_count").fetchone()
            if free >= SPACE_WORTH_RETURNING:
                connection.executescript("PRAGMA incremental_vacuum")  # any other way frees one page
                is_wiped = _empty_log(connection)
            self._is_unwiped = not is_wiped
        except sqlite3.OperationalError as error:
            if kind(error) not in LOCKED:
                log.warning("what was deleted is not overwritten", why=str(error))
        connection.execute(f"PRAGMA busy_timeout = {int(self._lock_timeout * 1000)}")


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Move the write-ahead log into the file and truncate the log. Returns False while others read."""
    [is_busy, _, _] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def _write_anew(connection: sqlite3.Connection, folder: Path) -> None:
    """Write the whole file anew from its rows, by way of a file without a name in its folder: it may be large."""
    place = str(folder.resolve()).replace("'", "''")
    with suppress(UnicodeEncodeError):  # a folder whose name is no text cannot be named: then in memory after all
        connection.executescript(f"PRAGMA temp_store_directory = '{place}'; PRAGMA temp_store = FILE")
    try:
        connection.execute("VACUUM")
    finally:
        connection.executescript(f"PRAGMA {IN_MEMORY}")
