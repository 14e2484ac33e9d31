"""Whether another process uses the same database file: a lock beside it, which dies with whoever holds it."""

import contextlib
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has none; there nobody is ever sure to be alone
    fcntl = None


class Presence:
    """Held for as long as a process has the database open. Beside the file, since SQLite locks the file itself."""

    def __init__(self, path: Path) -> None:
        lock = path.with_name(f"{path.name}-lock")
        self._descriptor: int | None = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.is_alone = False
        if fcntl is not None:
            with contextlib.suppress(OSError):  # somebody else is there, or the file system knows no locks
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.is_alone = True
            with contextlib.suppress(OSError):  # shared from here on, so that those who come later are not alone
                fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
