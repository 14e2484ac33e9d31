"""Keeps the bot's memory, which holds its keys, from other processes of the same user."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def keep_memory_private() -> None:
    """Let no process of this user trace this one or read its memory, and leave no core dump (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
