"""Keeps the bot's memory, which holds its keys, from other processes of the same user."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def keep_memory_private() -> None:
    """Forbid other processes of this user to trace this one or read its memory, and write no core dump (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
