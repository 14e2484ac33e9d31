"""The bot's end of a worker, and the fresh process that serves a file if there is no zygote."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.audio.exchange import MAX_ANSWER_BYTES, READY, NoAnswer, length_of
from bot.audio.pieces import joined

_PIECE_BYTES = 2**18  # of a file or a sound, written or read at once

_SET_VARIABLES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # they keep numpy from starting threads


class Worker:
    """A process that serves one file.

    `kill` asks for its end. `ended` gets its exit code, or None if it ended together with the zygote.
    """

    def __init__(
        self,
        output: asyncio.StreamReader,
        to_worker: asyncio.StreamWriter,
        kill: Callable[[], None],
        ended: asyncio.Future[int | None],
    ) -> None:
        self._output, self._input = output, to_worker
        self.kill = kill
        self._ended = ended

    @property
    def exit_code(self) -> int | None:
        """The exit code as in `subprocess`, where -9 means signal 9; None while the process runs or if it is lost."""
        return self._ended.result() if self._ended.done() else None

    @property
    def is_lost(self) -> bool:
        """True if it ended together with the zygote, so that nobody knows its exit code."""
        return self._ended.done() and self._ended.result() is None

    async def is_ready(self) -> bool:
        """Wait until the worker is ready. Returns False if it ends before."""
        return await self._line() == READY

    async def ask(self, data: bytes) -> bytes:
        """Send a file. Returns the worker's answer, which is empty if it ended without one."""
        with suppress(ConnectionError):  # it ended early, which the missing answer shows
            for piece in (length_of(data), *_pieces(data)):
                if self._input.is_closing():  # between two pieces; uvloop refuses to write then
                    break
                self._input.write(piece)
                await self._input.drain()
        return await self._line()

    async def more(self, size: int) -> bytes:
        """Return the `size` bytes that follow the answer. Raises NoAnswer if the worker ends before."""
        pieces, left = list[bytes](), size
        while left:
            try:
                piece = await self._output.read(min(left, _PIECE_BYTES))
            except ConnectionError:
                piece = b""
            if not piece:
                await self._has_ended()  # for its own exit code, as below
                raise NoAnswer("the sound breaks off")
            pieces.append(piece)
            left -= len(piece)
        return await joined(pieces)

    async def end(self) -> None:
        """Kill it and wait for its end. Leaves neither a process nor an open connection."""
        self.kill()
        self._input.close()
        with suppress(ConnectionError):
            while await self._output.read(MAX_ANSWER_BYTES):
                pass  # an output that is not read to its end stays open
        await self._has_ended()
        with suppress(ConnectionError):
            await self._input.wait_closed()

    async def _line(self) -> bytes:
        try:
            line = await self._output.readline()
        except ValueError:  # longer than MAX_ANSWER_BYTES
            return b"too much"
        except ConnectionError:  # it ended before it had read all that we sent
            line = b""
        if not line:
            await self._has_ended()  # for its own exit code, before anybody kills it
        return line

    async def _has_ended(self) -> None:
        await asyncio.shield(self._ended)  # others wait for the same


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _PIECE_BYTES] for start in range(0, len(data), _PIECE_BYTES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker is to do, and how much it may use."""

    job: str
    cpu_seconds: float
    memory_bytes: int  # of address space


class Workers(Protocol):
    """A source of workers."""

    async def start(self, task: Task) -> Worker:
        """Start a worker. Raises OSError if the host has no room for another process."""
        ...

    def renew(self) -> None:
        """Give the next worker another memory layout than those before."""
        ...

    async def aclose(self) -> None: ...


class FreshWorkers:
    """Starts a new process for each file, on systems where forking with numpy loaded is not safe."""

    def __init__(self, module: str) -> None:
        self._module = module

    async def start(self, task: Task) -> Worker:
        process = await start_process(
            self._module, task.job, str(task.cpu_seconds), str(task.memory_bytes), stdin=PIPE, stdout=PIPE
        )
        if process.stdin is None or process.stdout is None:
            raise ValueError("a worker is spoken to over pipes")
        ended = asyncio.ensure_future(_exit_code(process))
        return Worker(process.stdout, process.stdin, lambda: kill(process), ended)

    def renew(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


async def start_process(module: str, *arguments: str, **streams: Any) -> Process:
    """Start `python -m module` with these arguments. Raises OSError if the host has no room for another process."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-m", module, str(os.getpid())),
            *arguments,
            **streams,
            env=_environment(),
            limit=MAX_ANSWER_BYTES,
            start_new_session=True,  # Ctrl+C is for the bot, which may want to finish what it does
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:  # event loops differ in what they would leave behind here
        process = await starting
        kill(process)
        await process.communicate()
        raise


async def _exit_code(process: Process) -> int | None:
    return await process.wait()


def kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


def _environment() -> dict[str, str]:
    """Return what Python needs to find the same modules, and nothing else: neither token nor key."""
    return _SET_VARIABLES | {"PYTHONPATH": os.pathsep.join(place or str(Path.cwd()) for place in sys.path)}
