"""The system calls that decoding needs, and the kernel's filter that refuses all others (seccomp, Linux only).

The filter is a program for the kernel's classic BPF machine (linux/filter.h, linux/seccomp.h). No wheel makes one
without a system library, and it is short. Refused calls fail with EPERM, so a library that tries one for speed goes on.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2

# What the program reads: struct seccomp_data has the call's number, the architecture, and from 16 on the arguments.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_INSTRUCTION = struct.Struct("=HBBI")  # struct sock_filter: code, steps to skip if true, if false, operand

_LOAD, _RETURN = 0x20, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_RET|BPF_K
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45  # BPF_JMP with BPF_JEQ, BPF_JGE, BPF_JSET

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000

_X32_CALLS = 0x40000000  # x86-64 numbers from here on are those of another calling convention
PROT_EXEC = 4

# x86-64 (arch/x86/entry/syscalls/syscall_64.tbl), AArch64 (include/uapi/asm-generic/unistd.h)
_NUMBERS = {
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
_CHECKED_NUMBERS = {"read": (0, 63), "write": (1, 64), "mmap": (9, 222), "mprotect": (10, 226)}
_NO_FILE = 0xFFFF_FFFF  # -1: what `mmap` gets for memory that is no file


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on a call's argument, of which only the lower half counts, as for the kernel."""

    argument: int  # counted from 0
    comparison: int
    operand: int
    refused_if: bool  # the outcome of the comparison for which the call is refused


_NOT_EXECUTABLE = Check(2, _IF_ANY_BIT, PROT_EXEC, refused_if=True)
_CHECKS: dict[str, tuple[Check, ...]] = {
    "read": (Check(0, _IF_EQUAL, 0, refused_if=False),),  # standard input: the file
    "write": (  # standard output and error
        Check(0, _IF_EQUAL, 0, refused_if=True),
        Check(0, _IF_AT_LEAST, 3, refused_if=True),
    ),
    "mmap": (_NOT_EXECUTABLE, Check(4, _IF_EQUAL, _NO_FILE, refused_if=False)),
    "mprotect": (_NOT_EXECUTABLE,),
}


@dataclass(frozen=True, slots=True)
class Architecture:
    audit_number: int  # linux/audit.h
    allowed: tuple[int, ...]
    checked: dict[int, tuple[Check, ...]]  # allowed if their arguments meet all conditions


ARCHITECTURES = {
    machine: Architecture(
        audit_number,
        tuple(numbers[column] for numbers in _NUMBERS.values()),
        {numbers[column]: _CHECKS[name] for name, numbers in _CHECKED_NUMBERS.items()},
    )
    for column, (machine, audit_number) in enumerate([("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)])
}


def why_unfiltered() -> str | None:
    """Return why workers get no filter on this system; None if they get one."""
    if sys.platform != "linux":
        return "only Linux has such a filter"
    machine = os.uname().machine
    if machine not in ARCHITECTURES or struct.calcsize("P") != 8:
        return f"there is none for this processor yet ({machine}, {struct.calcsize('P') * 8} bits)"
    # A kernel with filters complains of the address, one without of the request; nothing is changed by asking.
    if _set_filter(None) != errno.EFAULT:
        return "this kernel has none"
    return None


def filter_system_calls() -> None:
    """Refuse, from now on and for good, every system call that decoding does not need.

    The process must have given up gaining privileges. It must have one thread, since others would not be filtered.
    """
    code = program(ARCHITECTURES[os.uname().machine])
    buffer = ctypes.create_string_buffer(code, len(code))
    error = _set_filter(struct.pack("@HP", len(code) // _INSTRUCTION.size, ctypes.addressof(buffer)))
    if error:
        raise OSError(error, "the system call filter was refused")


def _set_filter(described: bytes | None) -> int:
    """Install the filter that a struct sock_fprog describes. Returns the error number, or 0."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0) == 0:
        return 0
    return ctypes.get_errno()


def program(architecture: Architecture) -> bytes:
    """Return the filter, in the kernel's form."""
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in _instructions(architecture))


def _instructions(architecture: Architecture) -> Iterator[tuple[int, int, int, int]]:
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _IF_EQUAL, 1, 0, architecture.audit_number
    yield _RETURN, 0, 0, KILL  # a 32-bit call: its numbers mean something else
    yield _LOAD, 0, 0, _NUMBER
    yield _IF_AT_LEAST, 0, 1, _X32_CALLS
    yield _RETURN, 0, 0, KILL
    for number in architecture.allowed:
        yield _IF_EQUAL, 0, 1, number
        yield _RETURN, 0, 0, ALLOW
    for number, checks in architecture.checked.items():
        yield _IF_EQUAL, 0, 3 * len(checks) + 1, number
        for check in checks:
            yield _LOAD, 0, 0, _ARGUMENTS + 8 * check.argument
            yield check.comparison, int(not check.refused_if), int(check.refused_if), check.operand
            yield _RETURN, 0, 0, REFUSE
        yield _RETURN, 0, 0, ALLOW
    yield _RETURN, 0, 0, REFUSE
