"""Takes from a process that reads untrusted audio all rights but to compute, with limits on time and memory."""

import os
import resource
import signal
import sys
from contextlib import suppress
from math import ceil

from bot.audio.confined.system_calls import filter_system_calls, why_unfiltered

if sys.platform == "linux":
    import ctypes

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38  # linux/prctl.h


def die_with(parent_id: int) -> None:
    """Have the kernel kill this process when its parent ends, even by SIGKILL (Linux only)."""
    if sys.platform == "linux":
        _process_control(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_id:  # it ended before we asked
            os._exit(1)


def give_up_privileges() -> None:
    """Gain no rights by starting programs, and keep memory from other processes of the user (Linux only)."""
    if sys.platform == "linux":
        _process_control(_PR_SET_NO_NEW_PRIVS, 1)
        _process_control(_PR_SET_DUMPABLE, 0)  # also no core dump, which would hold a voice


def confine(*, cpu_seconds: float, memory_bytes: int) -> None:
    """Give up, for good, everything that reading does not need. Skips what the system does not offer.

    No file can be opened from then on, so everything must be imported before.
    """
    give_up_privileges()
    _limit(resource.RLIMIT_CPU, ceil(cpu_seconds))
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)
    with suppress(ValueError, OSError):  # macOS refuses limits below what its own libraries have mapped
        _limit(resource.RLIMIT_AS, memory_bytes)
    if why_unfiltered() is None:
        filter_system_calls()


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


if sys.platform == "linux":

    def _process_control(option: int, value: int) -> None:
        if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl was refused")
