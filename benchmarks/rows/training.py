"""Following trainings: what it asks of Fish Audio, what it costs, and how soon a change is noticed."""

import asyncio
import time
from collections.abc import Sequence
from math import ceil

from benchmarks.bench import Bench
from benchmarks.bots import MYNAH
from benchmarks.figures import Figure, Line, Runs
from benchmarks.stage import Stage, open_stage
from benchmarks.stored import StoredVoice
from sandbox.discord import Member, Upload
from sandbox.speech import sample_wav

PER_OWNER = 25
PAGE = 100
PAGE_SECONDS = 0.2  # with so many voices in training that their pages take longer, the interval grows
NOTICED = 3  # trainings that end while all others go on


async def pending_trainings(bench: Bench) -> Sequence[Line]:
    """Leave many voices in training."""
    lines: list[Line] = []
    counts = {"smallest": (10,), "quick": (1_000,), "whole": (10, 1_000, 10_000)}[bench.size]
    poll_seconds = bench.pick(1, 1, 2)
    for count in counts:
        pages = ceil(count / PAGE)
        interval = max(poll_seconds, PAGE_SECONDS * pages)
        async with open_stage() as stage:
            voices = in_training(stage, count)
            await stage.prepare(voices)
            options = {"training_poll_seconds": poll_seconds, "training_timeout_seconds": 86_400}
            bot = await stage.start(MYNAH, **options)
            await asyncio.sleep(1.2 * interval)  # a start asks about everything at once
            stage.forget()
            bench.lag.begin()
            intervals = 1 if interval > poll_seconds else 2
            cpu = bot.cpu_seconds
            await asyncio.sleep(intervals * interval)
            cpu, late = (bot.cpu_seconds - cpu) / (intervals * interval), bench.lag.is_late
            asked = len(stage.fish.requests) / intervals
            noticed = await _noticing_seconds(stage, voices, interval)
        lines += [
            Line(
                what=f"{count:,} voices in training: requests per interval of {interval:g} s",
                unit="",
                mynah=Figure((asked,)),
                limit=pages + 1,
            ),
            Line(
                what=f"{count:,} voices in training: processor time",
                unit="% of a core",
                mynah=Figure((100 * cpu,), late),
                limit=5 if count == max(counts) else None,
            ),
            Line(
                what=f"{count:,} voices in training: a change is noticed after",
                unit="s",
                mynah=noticed,
                limit=interval + 0.2,
            ),
        ]
    return lines


async def trained_notice(bench: Bench) -> Sequence[Line]:
    """From the consent to the notice, beyond the time of the upload and the training."""
    at_once, later, interval = Runs(), Runs(), 1.0
    sample = sample_wav(seconds=6)
    async with open_stage() as stage:
        await stage.prepare([])
        await stage.start(MYNAH, training_poll_seconds=interval, max_voices_per_member=0)
        for number in range(bench.pick(1, 1, 5)):
            at_once.add(1000 * await _until_told(stage, f"Quick {number}", sample, training=0.0))
        for number in range(bench.pick(1, 1, 5)):
            seconds = 1.0 + 0.37 * number
            stage.fish.trains_in(seconds=seconds)
            later.add(1000 * await _until_told(stage, f"Slow {number}", sample, training=seconds))
    return [
        Line(
            what="consent to notice beyond Fish Audio's time, trained at once",
            unit="ms",
            mynah=at_once.figure,
            limit=300,
        ),
        Line(
            what="the same, trained later, polled every second",
            unit="ms",
            mynah=later.figure,
            limit=1000 * interval + 200,
        ),
    ]


def in_training(stage: Stage, count: int) -> list[StoredVoice]:
    voices: list[StoredVoice] = []
    owner = stage.discord.member("Owner 0")
    for number in range(count):
        if number and number % PER_OWNER == 0:
            owner = stage.discord.member(f"Owner {number // PER_OWNER}")
        model = stage.fish.adds_voice(f"Voice {number}")
        model.state = "training"
        voices.append(
            StoredVoice(
                id=model.id[:16],
                owner_id=owner.id,
                owner_name=owner.name,
                name=model.title,
                fish_id=model.id,
                guild_id=owner.home.id,
                channel_id=owner.home.channels[0].id,
                slot=number % PER_OWNER,
                state="training",
                due_in=0,
            )
        )
    return voices


async def _noticing_seconds(stage: Stage, voices: Sequence[StoredVoice], interval: float) -> Figure:
    """End some trainings at different moments of an interval, and see how long their owners wait to be told."""

    async def until_told(number: int) -> float:
        voice = voices[number * len(voices) // NOTICED]
        owner = stage.discord.plays(stage.discord.world.users[voice.owner_id])
        await asyncio.sleep(interval * number / NOTICED)
        stage.fish.finishes_training(voice.name)
        began = time.perf_counter()
        await owner.is_told(f"“{voice.name}” is ready.", within=20 * interval)
        return time.perf_counter() - began

    return Figure(tuple(await asyncio.gather(*map(until_told, range(min(NOTICED, len(voices)))))))


async def _until_told(stage: Stage, name: str, sample: bytes, *, training: float) -> float:
    """Return the seconds between the consent and the notice, without Fish Audio's own.

    Its own are the upload, the training, and the sound of the preview in the notice.
    """
    member: Member = stage.discord.member(name)
    report = await member.uses("/voice create", name=name, sample=Upload("sample.wav", sample))
    stage.fish.requests.clear()
    began = time.perf_counter()
    await member.clicks(report, "Create my voice")
    await member.is_told(f"“{name}” is ready.")
    told = time.perf_counter() - began
    made = sum(each.seconds or 0.0 for each in stage.fish.requests if each.method == "POST")
    return told - made - training
