"""Keeps a database's files from other accounts of the machine."""

import os
import stat
from pathlib import Path

from bot.errors import UserError

_BESIDE = ("-wal", "-shm", "-lock")  # what SQLite and we keep beside the file; the first holds what was written last


class ReadableByOthers(UserError):
    def __init__(self, file: Path) -> None:
        super().__init__(
            f"Other accounts of this machine can read “{file}”, and I can't change that. Give the file to the account "
            "that runs the bot, on a disk that knows permissions, then start again."
        )


def is_there(file: Path) -> bool:
    """Return True if there is such a file. Raises UserError if this account may not look."""
    try:
        return file.exists()
    except OSError as error:
        raise UserError(
            f"“{file}” cannot be reached: {error.strerror}. Do this with the account that runs the bot."
        ) from None


def make_private(path: Path) -> None:
    """Let only the file's owner use a database, new or not. Raises ReadableByOthers."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite would let everybody read it
    for file in (path, *(path.with_name(path.name + ending) for ending in _BESIDE)):
        if is_open_to_others(file):
            _close_to_others(file)


def is_open_to_others(file: Path) -> bool:
    """Return True if there is such a file and another account may read or write it."""
    return file.exists() and bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _close_to_others(file: Path) -> None:
    try:
        file.chmod(0o600)
    except OSError:
        raise ReadableByOthers(file) from None
    if is_open_to_others(file):  # as on file systems without permissions
        raise ReadableByOthers(file)
