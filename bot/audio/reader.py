"""Reads what a member sent, in a process that can be spared."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from bot.audio.exchange import Figures, NoAnswer, figures_in
from bot.audio.kinds import refuse_at_sight
from bot.audio.refusals import NotReadInTime, ReaderClosed, Undecodable
from bot.audio.tips import report
from bot.audio.worker_process import WorkerProcess, start_worker
from bot.models import SampleReport

log = structlog.get_logger(__name__)

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
    that reads.
    """

    def __init__(
        self,
        *,
        time_limit: float = 20.0,
        memory_limit: int = 768 * 2**20,
        at_once: int = 2,
        worker: str = "bot.audio.worker",
    ) -> None:
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._at_once = at_once
        self._worker = worker
        self._turns = asyncio.Semaphore(at_once)
        self._running: set[WorkerProcess] = set()
        self._closed = False

    async def read_sample(self, data: bytes) -> SampleReport:
        """Raises the SampleRefused that says what is wrong with it; WorkerFailed where none can be read."""
        refuse_at_sight(data)
        async with self._turns:
            if self._closed:
                raise ReaderClosed
            try:
                return report(await self._measured(data))
            except Exception:
                if self._closed:  # it failed because its worker was ended
                    raise ReaderClosed from None
                raise

    async def aclose(self) -> None:
        """End all reading now; whoever waits for it gets ReaderClosed."""
        self._closed = True
        for worker in self._running:
            worker.kill()
        for _ in range(self._at_once):  # who still has a turn is still seeing a worker to its end
            await self._turns.acquire()
        for _ in range(self._at_once):
            self._turns.release()

    async def _measured(self, data: bytes) -> Figures:
        async with self._ready_worker() as worker:
            try:
                async with asyncio.timeout(self._time_limit):
                    answer = await worker.ask(data)
            except TimeoutError:
                raise NotReadInTime from None
            exit_code = worker.exit_code
        try:
            return figures_in(answer)
        except NoAnswer as error:
            if exit_code in _ENDED_BY_LIMITS:
                raise NotReadInTime from None
            log.warning("audio worker gave no answer", exit_code=exit_code, problem=str(error))
            raise Undecodable from error

    @asynccontextmanager
    async def _ready_worker(self) -> AsyncGenerator[WorkerProcess]:
        """A worker to be asked once; it is gone when the block is left, in whatever way."""
        # Processor time counts the start too; its limit is for when we cannot end the worker ourselves.
        cpu_seconds = self._time_limit + _START_SECONDS
        worker = await start_worker(self._worker, cpu_seconds=cpu_seconds, memory_bytes=self._memory_limit)
        self._running.add(worker)
        try:
            if self._closed:  # while it was being started
                raise ReaderClosed
            if not await self._is_ready(worker):
                raise WorkerFailed(f"{self._worker} did not start (exit code {worker.exit_code})")
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
