"""What every row of the table gets: the size of the run, and helpers to start bots and measure blocks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks.bots import FLOOR, MYNAH, OBVIOUS, Program
from benchmarks.figures import Line
from benchmarks.stage import Stage, open_stage
from benchmarks.timing import LagWatch


@dataclass(slots=True)
class Bench:
    """One run of the benchmark."""

    size: str  # "smallest", "quick" or "whole"
    lag: LagWatch
    remarks: list[str] = field(default_factory=list[str])

    @property
    def runs(self) -> int:
        """How often each figure is measured, the bots in turn."""
        return self.pick(1, 1, 5)

    def pick(self, smallest: int, quick: int, whole: int) -> int:
        return {"smallest": smallest, "quick": quick, "whole": whole}[self.size]

    @property
    def speech_seconds(self) -> float:
        """How long the speech service takes on average."""
        return 0.3 if self.size == "whole" else 0.1


RowOfTable = Callable[[Bench], Awaitable[Sequence[Line]]]


@dataclass(slots=True)
class Watch:
    """How long a block took, in wall time and in the driver's own processor time."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0


@contextmanager
def watched() -> Generator[Watch]:
    watch, began, cpu = Watch(), time.perf_counter(), time.process_time()
    try:
        yield watch
    finally:
        watch.seconds, watch.cpu_seconds = time.perf_counter() - began, time.process_time() - cpu


async def open_three(stack: AsyncExitStack, bench: Bench, *, members: int) -> dict[Program, Stage]:
    """Start the floor, the obvious bot and Mynah, each on a stage of its own, and use each of them once."""
    stages: dict[Program, Stage] = {}
    for program in (FLOOR, OBVIOUS, MYNAH):
        stage = await stack.enter_async_context(open_stage(speech_seconds=bench.speech_seconds))
        await stage.prepare(stage.add_members(members))
        await stage.start(program)
        await stage.say(stage.members[0])
        stages[program] = stage
    return stages


async def at_rate(per_second: float, seconds: float, use: Callable[[int], Awaitable[None]]) -> None:
    """Begin `use(number)` at a steady rate for `seconds`, whatever the earlier ones do, and wait for all of them."""
    began, running = time.perf_counter(), list[asyncio.Future[None]]()
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        running.append(asyncio.ensure_future(use(number)))
    await asyncio.gather(*running)
