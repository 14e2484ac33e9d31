"""Forks the process that reads a bot's recordings together with the bot, from one that is warmed up already.

A bot starts a new Python for it, which computes more than the rest of many a story. `tests/audio/workers` and the
stories that start `python -m bot` show that start.
"""

import asyncio
import os
import signal
import socket
import sys
import traceback
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, cast

from bot.audio import zygote

Start = Callable[..., Awaitable[Process]]


def fork_zygote() -> None:
    """Fork the process now, while there is one thread, and have the bot take it for the first that it starts."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    bot_id = os.getpid()
    process_id = os.fork()
    if process_id == 0:
        _wait_to_be_zygote(theirs, bot_id)
    theirs.close()
    zygote.start_process = cast("Any", _Starting(ours, process_id, zygote.start_process))


class _Starting:
    """Starts the process that waits, and any later one as the bot does."""

    def __init__(self, to_first: socket.socket, first_id: int, start_another: Start) -> None:
        self._to_first: socket.socket | None = to_first
        self._first_id = first_id
        self._start_another = start_another

    async def __call__(self, module: str, *, stdin: socket.socket, stdout: int) -> Process:
        if self._to_first is None or module != "bot.audio.confined.worker":
            return await self._start_another(module, stdin=stdin, stdout=stdout)
        with self._to_first as to_first:
            self._to_first = None
            socket.send_fds(to_first, [b"\0"], [stdin.fileno()])
        return cast("Process", _Forked(self._first_id))


class _Forked:
    """Shows a child of this process as asyncio does."""

    def __init__(self, process_id: int) -> None:
        self._process_id = process_id
        self._ended = asyncio.Event()
        self.returncode: int | None = None
        self._watch = os.pidfd_open(process_id)
        asyncio.get_running_loop().add_reader(self._watch, self._end)

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self._process_id, signal.SIGKILL)

    async def wait(self) -> int | None:
        await self._ended.wait()
        return self.returncode

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._watch)
        os.close(self._watch)
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self._process_id, 0)[1])
        self._ended.set()


def _wait_to_be_zygote(requests: socket.socket, bot_id: int) -> NoReturn:
    try:
        os.setsid()
        os.dup2(requests.fileno(), 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        with socket.socket(fileno=3) as waiting:
            _, descriptors, _, _ = socket.recv_fds(waiting, 1, 1)
        if descriptors:
            sys.stdin = open(os.dup2(descriptors[0], 0), closefd=False)  # noqa: SIM115 - multiprocessing put another there
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            from bot.audio.confined import worker

            sys.argv = [worker.__name__, str(bot_id)]
            worker.run(worker.JOBS)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)
