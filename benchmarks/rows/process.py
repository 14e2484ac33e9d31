"""The process itself: how soon it is ready, and how much memory it takes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.bots import FLOOR, MYNAH, OBVIOUS, Program
from benchmarks.figures import Figure, Line, Runs
from benchmarks.stage import Stage, open_stage
from sandbox.discord import Discord

SERVERS = 5_000
SETTLING = 0.6  # seconds in which a bot that was just started comes to rest
AT_ONCE = 60
MOST_SECONDS = 50.0  # for each part of the sounds of the row about memory


async def starting(bench: Bench) -> Sequence[Line]:
    """Start each bot again and again, with nothing to do."""
    ready, memory = defaultdict[Program, Runs](Runs), defaultdict[Program, Runs](Runs)
    warm_ups = bench.pick(1, 0, 1)  # with files that nobody has read yet; other rows have read them before a quick one
    for run in range(-warm_ups, bench.runs):
        for program in (FLOOR, OBVIOUS, MYNAH):
            async with open_stage() as stage:
                await stage.prepare(stage.add_members(1))
                bench.lag.begin()
                began = time.perf_counter()
                bot = await stage.start(program)
                seconds = time.perf_counter() - began
                if run < 0:
                    continue
                ready[program].add(seconds, lagged=bench.lag.is_late)
                await asyncio.sleep(SETTLING if bench.size == "whole" else 0.3)
                memory[program].add(bot.memory)
    seconds = {program: runs.figure for program, runs in ready.items()}
    megabytes = {program: runs.figure for program, runs in memory.items()}
    beyond = Figure(tuple(each - seconds[FLOOR].middle for each in seconds[MYNAH].runs), seconds[MYNAH].lagged)
    return [
        Line(
            what="start to ready",
            unit="s",
            floor=seconds[FLOOR],
            obvious=seconds[OBVIOUS],
            mynah=seconds[MYNAH],
        ),
        Line(what="start to ready, beyond the floor's", unit="s", mynah=beyond, limit=1),
        Line(
            what="memory when idle",
            unit="MB",
            floor=megabytes[FLOOR],
            obvious=megabytes[OBVIOUS],
            mynah=megabytes[MYNAH],
            limit=80,
        ),
    ]


async def memory(bench: Bench) -> Sequence[Line]:
    """Measure memory after many sounds, and in many servers."""
    sounds, servers = bench.pick(20, 300, 10_000), bench.pick(20, 500, SERVERS)
    async with open_stage(speech_seconds=0.05) as stage:
        await stage.prepare(stage.add_members(AT_ONCE))
        bot = await stage.start(MYNAH, sound_cache_megabytes=8)  # full after the first part
        first = await _say_many(stage, sounds // 5)
        early = bot.memory
        said = first + await _say_many(stage, sounds - first)
        late = bot.memory
    async with open_stage(before=lambda discord: _add_servers(discord, servers)) as stage:
        await stage.prepare([])
        bot = await stage.start(MYNAH)
        await asyncio.sleep(SETTLING)
        in_servers = bot.memory
    return [
        Line(
            what=f"memory after {said:,} `/say`",
            unit="MB",
            mynah=Figure((late,)),
            limit=round(early * 1.05),
            note=f"after the first {first:,} it was {early:.0f} MB",
        ),
        Line(what=f"memory in {servers:,} servers", unit="MB", mynah=Figure((in_servers,)), limit=160),
    ]


async def _say_many(stage: Stage, count: int) -> int:
    """Use `/say` `count` times, or as often as the time allows. Returns how often it was."""
    said, end = 0, time.perf_counter() + MOST_SECONDS
    while said < count and time.perf_counter() < end:
        members = stage.members[: count - said]
        await asyncio.gather(*(stage.say(member) for member in members))
        said += len(members)
        stage.forget()
    return said


def _add_servers(discord: Discord, count: int) -> None:
    for number in range(count):
        discord.world.add_server(f"Server {number}", discord.world.application.owner)
