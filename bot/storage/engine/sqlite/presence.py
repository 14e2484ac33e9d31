"""Tells whether another process uses the same database file, by a lock beside it that ends with its process."""

import contextlib
import fcntl
import os
from pathlib import Path


class Presence:
    """A lock for as long as a process has the database open; beside the file, since SQLite locks the file itself."""

    def __init__(self, path: Path) -> None:
        lock = path.with_name(f"{path.name}-lock")
        self._descriptor: int | None = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.is_alone = False
        with contextlib.suppress(OSError):  # another process is there, or the file system has no locks
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.is_alone = True
        with contextlib.suppress(OSError):  # shared from here on, so that later processes see this one
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
