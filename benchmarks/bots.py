"""The three programs that are measured, each as a process, and what the system tells about a process."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_STOPPING_SECONDS = 15.0
_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Program:
    """A bot as a module to run."""

    name: str
    module: str


FLOOR = Program("floor", "benchmarks.floor")
OBVIOUS = Program("obvious bot", "benchmarks.obvious_bot")
MYNAH = Program("Mynah", "bot")
PROBED_MYNAH = Program("Mynah with a probe", "benchmarks.probed_bot")  # for what cannot be seen from outside


class BotEnded(Exception):
    """A bot ended while it was measured; the message ends with what it wrote last."""


async def start_process(program: Program, environment: Mapping[str, str], folder: Path) -> Process:
    """Run a program in a folder, and append what it writes to the log there."""
    with (folder / "bot.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", program.module), env=environment, cwd=folder, stdout=log, stderr=log
        )


class Bot:
    """A running program."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._probes = 0

    @classmethod
    async def start(cls, program: Program, folder: Path, settings: Mapping[str, object]) -> "Bot":
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PROBE_FILE": str(folder / "probe.json"),
            **{name.upper(): str(value) for name, value in settings.items()},
        }
        return cls(await start_process(program, environment, folder), folder)

    def check(self) -> None:
        """Raise BotEnded if it no longer runs."""
        if self._process.returncode is not None:
            tail = "\n".join((self._folder / "bot.log").read_text().splitlines()[-15:])
            raise BotEnded(f"exit code {self._process.returncode}:\n{tail}")

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(_STOPPING_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self._process.kill()
        await self._process.wait()

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the process and of all that it started."""
        return sum(sum(map(int, _stat(pid)[11:15])) for pid in self._family()) / _TICKS

    @property
    def memory(self) -> float:
        """Megabytes (10^6) of its own, with its share of what it shares with others; its children's included."""
        return sum(_proportional_kibibytes(pid) for pid in self._family()) * 1024 / 1e6

    async def probe(self) -> dict[str, Any]:
        """Return what the probe has counted since the last time; of `PROBED_MYNAH` only."""
        self._probes += 1
        self._process.send_signal(signal.SIGUSR2)
        file = self._folder / "probe.json"
        async with asyncio.timeout(_ANSWER_SECONDS):
            while True:
                found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
                if found.get("number") == self._probes:
                    return found
                await asyncio.sleep(0.005)

    def _family(self) -> Iterator[int]:
        parents = {pid: int(stat[1]) for pid in _processes() if (stat := _stat(pid))}
        known = {self._process.pid}
        while more := {pid for pid, parent in parents.items() if parent in known} - known:
            known |= more
        return iter(known)


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _stat(pid: int) -> list[str]:
    """Return the fields of `/proc/PID/stat` from the state on, or nothing for a process that has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _proportional_kibibytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # also for our own bot, if it is not dumpable
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return resident * os.sysconf("SC_PAGESIZE") // 1024
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
