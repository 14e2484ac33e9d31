"""How soon people are answered: commands of all kinds, autocomplete, and how many requests an answer takes."""

import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.bench import Bench, at_rate
from benchmarks.bots import MYNAH, OBVIOUS, Program
from benchmarks.figures import Line, Runs, milliseconds, quantile
from benchmarks.stage import VOICE, Stage, open_stage
from benchmarks.stored import StoredVoice
from sandbox.discord import Member, Use
from sandbox.discord.world.model import FIRST_RESPONSE_SECONDS

MEMBERS = 60
OWN, OTHERS = 5, 4_995  # voices that a member may name in the row about autocomplete
PER_OWNER = 25


async def acknowledgement(bench: Bench) -> Sequence[Line]:
    """Mixed interactions at a steady rate; the bots in turn."""
    middle, worst = defaultdict[Program, Runs](Runs), defaultdict[Program, Runs](Runs)
    too_late, seconds = Runs(), bench.pick(1, 1, 2)
    async with AsyncExitStack() as stack:
        stages: dict[Program, Stage] = {}
        for program in (OBVIOUS, MYNAH):
            stage = await stack.enter_async_context(open_stage(speech_seconds=bench.speech_seconds))
            await stage.prepare(stage.add_members(MEMBERS))
            await stage.start(program)
            await _mixed(stage, program, 20, 1)
            stages[program] = stage
        for _ in range(bench.runs):
            for program, stage in stages.items():
                bench.lag.begin()
                took = await _mixed(stage, program, 50, seconds)
                late = bench.lag.is_late
                middle[program].add(milliseconds(took), lagged=late)
                worst[program].add(1000 * quantile(took, 0.99), lagged=late)
        bench.lag.begin()
        took = await _mixed(stages[MYNAH], MYNAH, 300, bench.pick(1, 1, 4))
        too_late.add(sum(each > FIRST_RESPONSE_SECONDS for each in took), lagged=bench.lag.is_late)
    return [
        Line(
            what="first response, 50 mixed interactions a second, p50",
            unit="ms",
            mynah=middle[MYNAH].figure,
            obvious=middle[OBVIOUS].figure,
            limit=10,
        ),
        Line(
            what="the same, p99",
            unit="ms",
            mynah=worst[MYNAH].figure,
            obvious=worst[OBVIOUS].figure,
            limit=100,
        ),
        Line(
            what="first responses after more than 3 s, 300 a second",
            unit="",
            mynah=too_late.figure,
            limit=0,
            note=f"of {len(took)}; the slowest took {max(took):.2f} s",
        ),
    ]


async def autocompletion(bench: Bench) -> Sequence[Line]:
    """Type into the field `voice` where thousands of voices may be meant."""
    worst = Runs()
    async with open_stage() as stage:
        typist = stage.discord.member("Typist")
        await stage.prepare([*_voices_of_many(stage), *(_own(stage, typist, number) for number in range(OWN))])
        await stage.start(MYNAH, max_voices_per_member=0)

        async def type_on(number: int) -> None:
            typed = ("", "v", "vo", "voice 1", "voice 12", "own")[number % 6]
            took.append(await _seconds(stage, typist.starts_completing("/say", "voice", typed)))

        for _ in range(bench.runs):
            bench.lag.begin()
            took: list[float] = []
            await at_rate(50, bench.pick(1, 1, 3), type_on)
            worst.add(1000 * quantile(took, 0.99), lagged=bench.lag.is_late)
            stage.forget()
    return [
        Line(what=f"autocomplete over {OWN + OTHERS} voices, 50 a second, p99", unit="ms", mynah=worst.figure, limit=30)
    ]


async def requests_per_command(bench: Bench) -> Sequence[Line]:
    """Count what a bot sends to Discord for a quick command."""
    counts: dict[Program, Runs] = {OBVIOUS: Runs(), MYNAH: Runs()}
    quick: dict[Program, list[tuple[str, dict[str, Any]]]] = {
        OBVIOUS: [("/voice list", {})],
        MYNAH: [
            ("/voice list", {}),
            ("/voice show", {"voice": VOICE}),
            ("/voice default", {"voice": VOICE}),
            ("/voice rename", {"voice": VOICE, "name": VOICE}),
            ("/voice share", {"voice": VOICE}),
            ("/voice unshare", {"voice": VOICE}),
            ("/usage", {}),
        ],
    }
    for program, commands in quick.items():
        async with open_stage() as stage:
            await stage.prepare(stage.add_members(1))
            await stage.start(program)
            stage.discord.requests.clear()
            for command, options in commands:
                await stage.members[0].uses(command, **options)
            counts[program].add(len(stage.discord.requests) / len(commands))
    bench.lag.begin()
    return [
        Line(
            what="requests to Discord per quick command",
            unit="",
            mynah=counts[MYNAH].figure,
            obvious=counts[OBVIOUS].figure,
            limit=0.5,
            is_ratio=True,
        )
    ]


async def _mixed(stage: Stage, program: Program, per_second: int, seconds: int) -> list[float]:
    """Return how many seconds each first response took."""
    took: list[float] = []

    async def use(number: int) -> None:
        member = random.choice(stage.members)
        match number % 4:
            case 0:
                took.append((await stage.say(member)).first_response)
            case 1 if program is MYNAH:
                took.append(await _seconds(stage, await member.uses("/voice show", voice=VOICE, wait=False)))
            case 2:
                took.append(await _seconds(stage, member.starts_completing("/say", "voice", VOICE[:2])))
            case _:
                took.append(await _seconds(stage, await member.uses("/voice list", wait=False)))

    await at_rate(per_second, seconds, use)
    stage.forget()
    return took


async def _seconds(stage: Stage, use: Use) -> float:
    return (await stage.watch.over(use, within=10)).first_response


def _voices_of_many(stage: Stage) -> list[StoredVoice]:
    owners = [stage.discord.member(f"Owner {number}") for number in range(-(-OTHERS // PER_OWNER))]
    return [
        stage.voice_of(owners[number // PER_OWNER], f"Voice {number}", slot=number % PER_OWNER, is_shared=True)
        for number in range(OTHERS)
    ]


def _own(stage: Stage, typist: Member, number: int) -> StoredVoice:
    return stage.voice_of(typist, f"Own {number}", slot=number)
