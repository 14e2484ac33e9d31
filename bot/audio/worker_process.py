"""The bot's end of a worker: starting it, asking it, and seeing it to its end."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path

from bot.audio.exchange import MAX_ANSWER_BYTES, READY, NoAnswer, length_of

_PIECE_BYTES = 2**18  # of the file, written to the pipe at once

# Windows programs find nothing without the first; the others keep numpy from starting threads for nothing.
_KEPT_VARIABLES = ("SYSTEMROOT",)
_SET_VARIABLES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class WorkerProcess:
    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a worker is spoken to over pipes")
        self._process, self._input, self._output = process, process.stdin, process.stdout

    @property
    def exit_code(self) -> int | None:
        """As in `subprocess`: minus the signal's number where a signal ended it, None while it runs."""
        return self._process.returncode

    async def is_ready(self) -> bool:
        """Waits until it says so, or ends."""
        return await self._line() == READY

    async def ask(self, data: bytes) -> bytes:
        """The answer; empty where the worker ended without one."""
        with suppress(ConnectionError):  # it ended early, which the missing answer shows
            self._input.write(length_of(data))
            for start in range(0, len(data), _PIECE_BYTES):
                self._input.write(data[start : start + _PIECE_BYTES])
                await self._input.drain()
        return await self._line()

    async def more(self, size: int) -> bytes:
        """So many bytes behind the answer. Raises NoAnswer where the worker ends before them."""
        try:
            return await self._output.readexactly(size)
        except asyncio.IncompleteReadError:
            await self._process.wait()  # for its own exit code, as below
            raise NoAnswer("the sound breaks off") from None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """Kill and reap; leaves neither a process nor an open pipe."""
        self.kill()
        self._input.close()
        while await self._output.read(MAX_ANSWER_BYTES):
            pass  # an output that is not read to its end stays open
        await self._process.wait()
        with suppress(ConnectionError):
            await self._input.wait_closed()

    async def _line(self) -> bytes:
        try:
            line = await self._output.readline()
        except ValueError:  # longer than MAX_ANSWER_BYTES
            return b"too much"
        if not line:
            await self._process.wait()  # for its own exit code, before anybody kills it
        return line


async def start_worker(module: str, *, cpu_seconds: float, memory_bytes: int) -> WorkerProcess:
    """Raises OSError where the host has no room for another process."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-m", module),
            *(str(cpu_seconds), str(memory_bytes), str(os.getpid())),
            stdin=PIPE,
            stdout=PIPE,
            env=_environment(),
            limit=MAX_ANSWER_BYTES,
            start_new_session=True,  # Ctrl+C is for the bot, which may want to finish what it does
        )
    )
    try:
        return WorkerProcess(await asyncio.shield(starting))
    except asyncio.CancelledError:  # event loops differ in what they would leave behind here
        await WorkerProcess(await starting).end()
        raise


def _environment() -> dict[str, str]:
    """Nothing of the bot's own, so no token and no key; only what Python needs to find the same modules."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | _SET_VARIABLES | {"PYTHONPATH": os.pathsep.join(place or str(Path.cwd()) for place in sys.path)}
