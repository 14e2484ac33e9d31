"""What all background workers share: guarded turns, claims and a pool of jobs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

import structlog

from bot.clock import SECOND, Clock
from bot.models.common import Work
from bot.storage.engine.database import DatabaseTrouble

log = structlog.get_logger(__name__)

# A claim is renewed while its work runs. After this long, the work of a killed process is free again.
CLAIM = 15 * SECOND
RENEWAL_SECONDS = 4.0

LONGEST_JOB = 240.0  # seconds: as long as a turn may take


class Worker(Protocol):
    """Does one kind of work. Each turn does what is due now."""

    @property
    def work(self) -> Work: ...

    async def turn(self) -> None: ...

    async def next_due(self) -> int | None:
        """Return when the next work is due, as far as is known now; None if nothing is planned."""
        ...


@contextmanager
def keep_going(event: str, **about: object) -> Generator[None]:
    """Log a failure and carry on; for work whose next turn tries again."""
    try:
        yield
    except DatabaseTrouble as trouble:  # it comes to all work at once: a traceback for each would hide everything else
        log.error(event, why=str(trouble), **about)  # noqa: TRY400 - likewise
    except Exception:
        log.exception(event, **about)


@asynccontextmanager
async def holding_claim(renew: Callable[[int], Awaitable[None]], clock: Clock) -> AsyncGenerator[None]:
    """Renew a claim with `renew(until)` while the block runs. A cancelled block gives the claim back at once."""

    async def keep_alive() -> None:
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            with keep_going("could not renew a claim"):
                await renew(clock.now() + CLAIM)

    task = asyncio.create_task(keep_alive(), name="claim")
    try:
        yield
    except asyncio.CancelledError:
        with keep_going("could not give a claim back"):
            await asyncio.shield(renew(clock.now()))
        raise
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class WorkerPool:
    """Runs jobs beside a loop: one per key, at most `size` at once. `aclose` ends them all."""

    def __init__(
        self, size: int, on_free: Callable[[], None], clock: Clock, *, longest_job: float = LONGEST_JOB
    ) -> None:
        """Call `on_free` each time a job has ended, since there is room for another.

        A job that takes longer than `longest_job` seconds is cancelled: several that hang would fill the pool.
        """
        self._size = size
        self._on_free = on_free
        self._clock = clock
        self._longest_job = longest_job
        self._jobs: dict[str, asyncio.Task[None]] = {}

    @property
    def free(self) -> int:
        return self._size - len(self._jobs)

    def start(self, key: str, job: Coroutine[object, object, None]) -> None:
        """Run a job, unless one with this key is running."""
        if key in self._jobs:
            job.close()
            return

        def finished(_: asyncio.Task[None]) -> None:
            job.close()  # one that was cancelled before it has begun
            del self._jobs[key]
            self._on_free()

        task = asyncio.create_task(self._bounded(job), name=f"job-{key}")
        self._jobs[key] = task
        task.add_done_callback(finished)

    async def aclose(self) -> None:
        """Cancel all jobs and wait until they have ended. Each job leaves its work to be continued."""
        jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    async def _bounded(self, job: Coroutine[object, object, None]) -> None:
        try:
            async with self._clock.at_most(self._longest_job):
                await job
        except TimeoutError:
            log.warning("job cancelled: it took too long", seconds=self._longest_job)
