"""Tries what a compromised worker may try against the bot: `-m tests.audio.workers.attacks confined|free`.

The process plays the bot of an ordinary user, forks the worker, and prints the outcome of each attempt as JSON.
"""

import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bot.audio.confined.confinement import confine

NOBODY = 65534
PR_SET_DUMPABLE = 4
PTRACE_SEIZE = 0x4206

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Bot:
    process_id: int
    secret: int  # its address
    database: Path
    wal: Path
    other: Path  # a file to put in the database's place
    left_open: int  # the same, opened before the worker was confined


def reach_memory(call: Callable[..., int], bot: Bot) -> None:
    """Read or write one byte of the bot's memory; `call` is process_vm_readv or process_vm_writev."""
    mine = ctypes.create_string_buffer(1)
    here = struct.pack("@PN", ctypes.addressof(mine), 1)
    there = struct.pack("@PN", bot.secret, 1)
    check(call(bot.process_id, here, ctypes.c_ulong(1), there, ctypes.c_ulong(1), ctypes.c_ulong(0)))


def check(result: int) -> None:
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")


def fork(_: Bot) -> None:
    if os.fork() == 0:
        os._exit(0)


def call(x86_64: int, aarch64: int, *arguments: int) -> Callable[[Bot], object]:
    """Return an attempt to make a system call for which Python has no name."""
    number = {"x86_64": x86_64, "aarch64": aarch64}[os.uname().machine]
    return lambda _: check(libc.syscall(number, *map(ctypes.c_long, arguments)))


ATTACKS: dict[str, Callable[[Bot], object]] = {
    "read its memory": lambda bot: reach_memory(libc.process_vm_readv, bot),
    "write its memory": lambda bot: reach_memory(libc.process_vm_writev, bot),
    "trace it": lambda bot: check(libc.ptrace(PTRACE_SEIZE, bot.process_id, None, None)),
    "signal it": lambda bot: os.kill(bot.process_id, signal.SIGUSR1),
    "change its limits": lambda bot: resource.prlimit(bot.process_id, resource.RLIMIT_CORE, (0, 0)),
    "slow it down": lambda bot: os.setpriority(os.PRIO_PROCESS, bot.process_id, 19),
    "open the database": lambda bot: os.open(bot.database, os.O_RDWR),
    "make the database public": lambda bot: bot.database.chmod(0o644),
    "truncate the database": lambda bot: os.truncate(bot.database, 0),
    "replace the database": lambda bot: bot.other.rename(bot.database),
    "delete the write-ahead log": lambda bot: bot.wal.unlink(),
    "open a socket": lambda _: socket.socket(),
    "fork": fork,
    "run a program": lambda _: os.execv("/no/such/program", ["program"]),  # noqa: S606 - to see whether it is looked for
    "run a program in memory (execveat)": call(322, 281),
    "make a file in memory": lambda _: os.memfd_create("program"),
    "start a thread (clone3)": call(435, 435),
    "have the kernel do it (io_uring)": call(425, 425, 1),
    "run in the kernel (bpf)": call(321, 280),
    "handle faults of memory (userfaultfd)": call(323, 282),
    "take its open files (pidfd_getfd)": call(438, 438),
    "open up to a debugger": lambda _: check(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)),
    "write into a file that was left open": lambda bot: os.write(bot.left_open, b"o"),
    "read a file that was left open": lambda bot: os.read(bot.left_open, 1),
    "map a file that was left open": lambda bot: mmap.mmap(bot.left_open, 1),
    "make memory executable": lambda _: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
}


def outcome(attack: Callable[[Bot], object], bot: Bot) -> str:
    try:
        attack(bot)
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "done"


def become_an_ordinary_user() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    check(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))  # the change of user has cleared it; the bot changes none


def attack(bot: Bot, results: int) -> NoReturn:
    os.dup2(results, sys.stdout.fileno())
    if sys.argv[1] == "confined":
        confine(cpu_seconds=10, memory_bytes=2**30)
    for name, attempt in ATTACKS.items():
        os.write(sys.stdout.fileno(), f"{json.dumps([name, outcome(attempt, bot)])}\n".encode())
    os._exit(0)


def say(name: str, value: object) -> None:
    sys.stdout.write(f"{json.dumps([name, value])}\n")


def was_signalled(number: int, frame: object) -> None:
    say("was signalled", number)


def main() -> None:
    become_an_ordinary_user()
    secret = ctypes.create_string_buffer(b"key")
    signal.signal(signal.SIGUSR1, was_signalled)
    with tempfile.TemporaryDirectory() as folder:
        database, wal, other = (Path(folder, name) for name in ("mynah.db", "mynah.db-wal", "other"))
        for file in (database, wal, other):
            file.write_text(file.name)
        results, theirs = os.pipe()
        worker = os.fork()
        if worker == 0:
            left_open = os.open(other, os.O_RDWR)
            attack(Bot(os.getppid(), ctypes.addressof(secret), database, wal, other, left_open), theirs)
        os.close(theirs)
        with os.fdopen(results) as lines:
            for line in lines:
                say(*json.loads(line))
        os.waitpid(worker, 0)
        say("files left", {path.name: path.read_text() for path in sorted(Path(folder).iterdir())})
        say("secret left", secret.value.decode())


if __name__ == "__main__":
    main()
