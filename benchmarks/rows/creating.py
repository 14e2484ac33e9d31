"""Making voices: the report on a recording, many creations at once, and whether they hold up the event loop."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from benchmarks.bench import Bench
from benchmarks.bots import OBVIOUS, PROBED_MYNAH, Program
from benchmarks.figures import Figure, Line, Runs
from benchmarks.stage import Stage, open_stage
from bot.audio.reader import AudioReader
from sandbox.discord import Member, Reply, Upload
from sandbox.faults import Request
from sandbox.speech import sample_wav

SAMPLE_SECONDS = 12
LARGE_SECONDS = 226  # 20 MB at 44.1 kHz and 16 bits


async def creations(bench: Bench) -> Sequence[Line]:
    """Report on recordings one by one, then make many voices at once."""
    sample, large = sample_wav(seconds=SAMPLE_SECONDS), sample_wav(seconds=LARGE_SECONDS)
    reading = await _reading_seconds(sample, bench.pick(1, 5, 15))
    reports, large_reports = Runs(), Runs()
    async with open_stage() as stage:
        await stage.prepare([])
        bot = await stage.start(PROBED_MYNAH, max_voices_per_member=0)
        member = stage.discord.member("Ann", nitro=True)
        await _report(stage, member, "Warm", sample)
        await bot.probe()
        for number in range(bench.pick(1, 5, 15)):
            seconds, _ = await _report(stage, member, f"Voice {number}", sample)
            reports.add(1000 * seconds)
        for number in range(bench.pick(1, 1, 5)):
            bench.lag.begin()
            seconds, _ = await _report(stage, member, f"Large {number}", large)
            large_reports.add(1000 * seconds, lagged=bench.lag.is_late)
        stage.forget()
        bench.lag.begin()
        rate = await _creations_per_second(stage, PROBED_MYNAH, bench, sample)
        late = bench.lag.is_late
        blocked = await bot.probe()
    async with open_stage() as stage:
        await stage.prepare([])
        await stage.start(OBVIOUS)
        obvious = await _creations_per_second(stage, OBVIOUS, bench, sample)
    beyond = Figure(tuple(each - 1000 * reading for each in reports.values))
    return [
        Line(
            what="report on a WAV of 12 s, beyond the reading itself",
            unit="ms",
            mynah=beyond,
            limit=80,
            note=f"the reading itself took {1000 * reading:.0f} ms",
        ),
        Line(what="report on a WAV of 20 MB", unit="ms", mynah=large_reports.figure, limit=1000),
        Line(
            what="creations, from the commands to the last upload",
            unit="per s",
            mynah=Figure((rate,), late),
            obvious=Figure((obvious,)),
            limit=20,
            at_least=True,
        ),
        Line(
            what="longest step of the event loop meanwhile, processor time",
            unit="ms",
            mynah=Figure((blocked["longest_step_cpu_ms"],)),
            limit=20,
            note=f"by the clock, with what other processes took: {blocked['longest_step_ms']:.0f} ms",
        ),
    ]


async def _report(stage: Stage, member: Member, name: str, sample: bytes) -> tuple[float, Reply]:
    """Return the seconds between the last byte of the attachment and the report, and the report."""
    fetched: list[float] = []

    def note(request: Request) -> None:
        if "attachments/" in request.path:
            fetched.append(time.perf_counter())

    end = stage.discord.subscribe(note)
    try:
        use = await member.uses("/voice create", name=name, sample=Upload("sample.wav", sample), wait=False)
        timing = await stage.watch.over(use)
    finally:
        end()
    return timing.sent + timing.whole - fetched[0], await use.reply()


async def _creations_per_second(stage: Stage, program: Program, bench: Bench, sample: bytes) -> float:
    members = [stage.discord.member(f"Maker {number}") for number in range(bench.pick(2, 16, 120))]
    before, began = len(stage.fish.voices), time.perf_counter()

    async def make(member: Member) -> None:
        report = await member.uses("/voice create", name="Mine", sample=Upload("sample.wav", sample))
        if program is PROBED_MYNAH:
            await member.clicks(report, "Create my voice")

    await asyncio.gather(*map(make, members))
    await stage.fish.until(partial(_has_voices, stage, before + len(members)), within=120)
    return len(members) / (time.perf_counter() - began)


def _has_voices(stage: Stage, count: int) -> bool:
    return len(stage.fish.voices) >= count


async def _reading_seconds(sample: bytes, times: int) -> float:
    """Return how long the confined reader takes for a sample, without a bot around it: the median."""
    reader, runs = AudioReader(), Runs()
    try:
        await reader.read_sample(sample)
        for _ in range(times):
            began = time.perf_counter()
            await reader.read_sample(sample)
            runs.add(time.perf_counter() - began)
    finally:
        await reader.aclose()
    return runs.figure.middle
