"""What tests let happen in a fork of a process that has imported the bot already. Each writes into a file."""

import ctypes
import os
import sys
from pathlib import Path

from bot.__main__ import main
from bot.audio.confined import system_calls
from bot.audio.confined.confinement import confine
from bot.hosting.checks import recordings

_PR_GET_DUMPABLE = 3


def start_without_settings(folder: Path) -> None:
    """Write the bot's exit code, and if its memory is open to others before and after."""
    os.chdir(folder)
    os.environ.clear()
    sys.argv = ["bot", "invite"]
    before = _is_dumpable()
    try:
        main()
    except SystemExit as ended:
        told = f"{ended.code} dumpable: {before}, then {_is_dumpable()}"
        Path("told").write_text(told)


def _is_dumpable() -> int:
    return ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)


def confine_without_filter(folder: Path) -> None:
    """Write what is said of a system for which there is no filter, then what a confined process may not do there."""
    system_calls.ARCHITECTURES.clear()
    with (folder / "told").open("w", buffering=1) as told:
        print(recordings(), file=told)
        confine(cpu_seconds=10, memory_bytes=2**30)
        try:
            os.open("/etc/passwd", os.O_RDONLY)
        except OSError as error:
            print(error.strerror, file=told)
