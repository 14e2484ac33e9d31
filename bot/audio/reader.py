"""Reads what a member sent, in a process that can be spared."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog

from bot.audio.exchange import COPY_RATE, Figures, NoAnswer, copied_bytes_in, figures_in
from bot.audio.kinds import refuse_at_sight
from bot.audio.refusals import NotReadInTime, ReaderClosed, Undecodable
from bot.audio.riff import mono_wav
from bot.audio.tips import report
from bot.audio.worker_process import WorkerProcess, start_worker
from bot.models import SampleReport

log = structlog.get_logger(__name__)

Told = TypeVar("Told")

_START_SECONDS = 30.0  # a worker is ready within one, but the host may be busy with something else

if sys.platform == "win32":
    _ENDED_BY_LIMITS = frozenset[int]()
else:
    _ENDED_BY_LIMITS = frozenset({-signal.SIGKILL, -signal.SIGXCPU})


class WorkerFailed(Exception):
    """No worker could be started: the host's trouble, not the file's."""


class AudioReader:
    """Reads samples, each in a new process that sees nothing else and cannot exceed its limits.

    `time_limit` is in seconds for one file. `memory_limit` is in bytes of address space, of which the
    libraries alone take a third. `at_once` files are read at a time, the others wait. `worker` is the module
    that reads, `compact_worker` the one that makes compact copies.
    """

    def __init__(
        self,
        *,
        time_limit: float = 20.0,
        memory_limit: int = 768 * 2**20,
        at_once: int = 2,
        worker: str = "bot.audio.confined.worker",
        compact_worker: str = "bot.audio.confined.compact_worker",
    ) -> None:
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._at_once = at_once
        self._worker = worker
        self._compact_worker = compact_worker
        self._turns = asyncio.Semaphore(at_once)
        self._running: set[WorkerProcess] = set()
        self._closed = False

    async def read_sample(self, data: bytes) -> SampleReport:
        """Raises the SampleRefused that says what is wrong with it; WorkerFailed where none can be read."""

        async def figures(worker: WorkerProcess) -> Figures:
            return figures_in(await worker.ask(data))

        return report(await self._told(self._worker, data, figures))

    async def compact(self, data: bytes) -> bytes:
        """The same sound as a mono 16-bit WAV of 16 kHz, at most 7.7 MB; raises what `read_sample` raises."""

        async def sound(worker: WorkerProcess) -> bytes:
            return await worker.more(copied_bytes_in(await worker.ask(data)))

        return mono_wav(await self._told(self._compact_worker, data, sound), sample_rate=COPY_RATE)

    async def aclose(self) -> None:
        """End all reading now; whoever waits for it gets ReaderClosed."""
        self._closed = True
        for worker in self._running:
            worker.kill()
        for _ in range(self._at_once):  # who still has a turn is still seeing a worker to its end
            await self._turns.acquire()
        for _ in range(self._at_once):
            self._turns.release()

    async def _told(self, module: str, data: bytes, told: Callable[[WorkerProcess], Awaitable[Told]]) -> Told:
        """What a worker tells about a file."""
        refuse_at_sight(data)
        async with self._turn(), self._ready_worker(module) as worker:
            try:
                async with asyncio.timeout(self._time_limit):
                    return await told(worker)
            except TimeoutError:
                raise NotReadInTime from None
            except NoAnswer as error:
                if worker.exit_code in _ENDED_BY_LIMITS:
                    raise NotReadInTime from None
                log.warning("audio worker gave no answer", exit_code=worker.exit_code, problem=str(error))
                raise Undecodable from error

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        async with self._turns:
            if self._closed:
                raise ReaderClosed
            try:
                yield
            except Exception:
                if self._closed:  # it failed because its worker was ended
                    raise ReaderClosed from None
                raise

    @asynccontextmanager
    async def _ready_worker(self, module: str) -> AsyncGenerator[WorkerProcess]:
        """A worker to be asked once; it is gone when the block is left, in whatever way."""
        # Processor time counts the start too; its limit is for when we cannot end the worker ourselves.
        cpu_seconds = self._time_limit + _START_SECONDS
        worker = await start_worker(module, cpu_seconds=cpu_seconds, memory_bytes=self._memory_limit)
        self._running.add(worker)
        try:
            if self._closed:  # while it was being started
                raise ReaderClosed
            if not await self._is_ready(worker):
                raise WorkerFailed(f"{module} did not start (exit code {worker.exit_code})")
            yield worker
        finally:
            self._running.discard(worker)
            await worker.end()

    async def _is_ready(self, worker: WorkerProcess) -> bool:
        try:
            async with asyncio.timeout(_START_SECONDS):
                return await worker.is_ready()
        except TimeoutError:
            return False
