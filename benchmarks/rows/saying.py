"""`/say`: what it takes beyond Fish Audio's own time, how much processor time, and how many a process can make."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from statistics import median

from benchmarks.bench import Bench, open_three, watched
from benchmarks.bots import FLOOR, MYNAH, OBVIOUS, Program
from benchmarks.figures import Line, Runs, milliseconds
from benchmarks.stage import Said, Stage

AT_ONCE = {1: 1.5, 5: 1.5, 20: 2.0, 50: 2.0}  # members, and how much more than the obvious bot Mynah may take
MOST_AT_ONCE = 100


async def say_overhead(bench: Bench) -> Sequence[Line]:
    """Alternate between the bots, with one `/say` or several at once."""
    overhead, response, cpu = (defaultdict[tuple[Program, int], Runs](Runs) for _ in range(3))
    async with AsyncExitStack() as stack:
        stages = await open_three(stack, bench, members=max(AT_ONCE))
        for at_once in AT_ONCE if bench.size != "smallest" else (5,):
            rounds = max(bench.pick(1, 1, 2), bench.pick(2, 4, 6) // at_once)
            for _ in range(bench.runs):
                for program, stage in stages.items():
                    bench.lag.begin()
                    before = _cpu(stage)
                    said = await _burst(stage, at_once, rounds)
                    key, late = (program, at_once), bench.lag.is_late
                    overhead[key].add(milliseconds([each.overhead for each in said]), lagged=late)
                    response[key].add(milliseconds([each.first_response for each in said]), lagged=late)
                    cpu[key].add(1000 * (_cpu(stage) - before) / len(said), lagged=late)
                    stage.forget()
        _remark_on_failures(bench, stages)
    measured = sorted({at_once for _, at_once in overhead})
    lines = [
        Line(
            what=f"`/say` beyond Fish Audio's time, {at_once} at once, p50",
            unit="ms",
            floor=overhead[FLOOR, at_once].figure,
            obvious=overhead[OBVIOUS, at_once].figure,
            mynah=overhead[MYNAH, at_once].figure,
            limit=AT_ONCE[at_once],
            is_ratio=True,
        )
        for at_once in measured
    ]
    lines += [
        Line(
            what=f"first response to `/say`, {at_once} at once, p50",
            unit="ms",
            mynah=response[MYNAH, at_once].figure,
            obvious=response[OBVIOUS, at_once].figure,
        )
        for at_once in measured
        if at_once >= 20
    ]
    busiest = max(measured)
    lines.append(
        Line(
            what=f"CPU per `/say`, {busiest} at once",
            unit="ms",
            floor=cpu[FLOOR, busiest].figure,
            obvious=cpu[OBVIOUS, busiest].figure,
            mynah=cpu[MYNAH, busiest].figure,
            limit=1.5,
            is_ratio=True,
        )
    )
    return lines


async def sounds_per_second(bench: Bench) -> Sequence[Line]:
    """Keep a hundred `/say` under way."""
    rates, driver = defaultdict[Program, Runs](Runs), list[float]()
    rounds = bench.pick(1, 1, 2)
    async with AsyncExitStack() as stack:
        stages = await open_three(stack, bench, members=MOST_AT_ONCE)
        for _ in range(bench.runs):
            for program, stage in stages.items():
                bench.lag.begin()
                began = time.perf_counter()
                with watched() as own:
                    said = await _burst(stage, MOST_AT_ONCE, rounds)
                delivered = [each.delivered_at for each in said if each.delivered_at is not None]
                seconds = max(delivered, default=time.perf_counter()) - began
                rates[program].add(len(delivered) / seconds, lagged=bench.lag.is_late)
                if program is FLOOR:
                    driver.append(own.cpu_seconds / len(said))
                stage.forget()
        _remark_on_failures(bench, stages)
    bench.remarks.append(
        f"The sandbox takes {1000 * median(driver):.1f} ms of processor time for each sound of the floor's: "
        f"it could carry {1 / median(driver):.0f} sounds a second on a core of its own."
    )
    figures = {program: runs.figure for program, runs in rates.items()}
    return [
        Line(
            what=f"sounds of one process, {MOST_AT_ONCE} at once",
            unit="per s",
            floor=figures[FLOOR],
            obvious=figures[OBVIOUS],
            mynah=figures[MYNAH],
            limit=0.7,
            is_ratio=True,
            at_least=True,
        )
    ]


async def _burst(stage: Stage, at_once: int, rounds: int) -> list[Said]:
    """Have `at_once` members say something together, `rounds` times."""

    async def one_after_the_other(number: int) -> list[Said]:
        return [await stage.say(stage.members[number]) for _ in range(rounds)]

    said = await asyncio.gather(*(one_after_the_other(number) for number in range(at_once)))
    return [each for several in said for each in several]


def _remark_on_failures(bench: Bench, stages: Mapping[Program, Stage]) -> None:
    for program, stage in stages.items():
        if stage.unanswered:
            bench.remarks.append(f"{program.name}: {stage.unanswered} `/say` got no first response within 3 s.")
        if stage.refused:
            bench.remarks.append(f"{program.name}: {stage.refused} `/say` were refused with a sentence.")


def _cpu(stage: Stage) -> float:
    return stage.bot.cpu_seconds if stage.bot else 0.0
