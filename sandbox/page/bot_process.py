"""Runs the real bot as a child process, with all its settings in the environment as a host has them."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias

ROOT = Path(__file__).parents[2]
KEPT_LINES = 400
LONGEST_LINE = 2_000  # characters
STOP_SECONDS = 5.0  # that a bot has to stop before it is killed


class Process(Protocol):
    """A process as asyncio gives it; `stdout` has all that it writes."""

    @property
    def stdout(self) -> asyncio.StreamReader | None: ...

    @property
    def returncode(self) -> int | None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...

    async def wait(self) -> int: ...


# Starts the bot with an environment, in a folder.
StartBot: TypeAlias = Callable[[Mapping[str, str], Path], Awaitable[Process]]


async def start_bot(environment: Mapping[str, str], folder: Path) -> Process:
    """Start the bot as hosts do."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot"),
        env=environment,
        cwd=folder,  # not the project's, whose .env is for the real bot
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        limit=2**20,
        start_new_session=True,  # Ctrl+C is for the sandbox, which then ends the bot
    )


class BotProcess:
    """Runs at most one bot at a time; `publish` gets each line that it writes."""

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        publish: Callable[[dict[str, Any]], None],
        start_bot: StartBot = start_bot,
    ) -> None:
        self._environment = {
            **os.environ,
            **environment,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        }
        self._folder = folder
        self._publish = publish
        self._start_bot = start_bot
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.exit_code: int | None = None
        self.changed: Callable[[], None] = lambda: None  # called when the bot begins and ends

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        async with self._lock:
            await self._start()

    async def kill(self) -> None:
        """Kill the bot as kill -9 does."""
        async with self._lock:
            await self._end(grace=0)

    async def stop(self) -> None:
        async with self._lock:
            await self._end(grace=STOP_SECONDS)

    async def restart(self) -> None:
        async with self._lock:
            await self._end(grace=STOP_SECONDS)
            await self._start()

    async def _start(self) -> None:
        if self.running:
            return
        self.exit_code = None
        self._process = await self._start_bot(self._environment, self._folder)
        self._reading = asyncio.create_task(self._read(self._process), name="bot's output")
        self._say("— the bot is started —")
        self.changed()

    async def _end(self, *, grace: float) -> None:
        process = self._process
        if process is None or self._reading is None:
            return
        with suppress(ProcessLookupError):
            if grace:
                process.terminate()
                await asyncio.wait({self._reading}, timeout=grace)
            if process.returncode is None:
                process.kill()
        await self._reading

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        with suppress(ValueError):  # a line that does not fit into the buffer ends the reading, not the bot
            async for line in process.stdout:
                self._say(line.decode(errors="replace").rstrip()[:LONGEST_LINE])
        self.exit_code = await process.wait()
        self._say(f"— the bot ended, exit code {self.exit_code} —")
        self.changed()

    def _say(self, line: str) -> None:
        self.lines.append(line)
        self._publish({"kind": "log", "line": line})
