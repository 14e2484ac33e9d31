"""Who waits for whom at Fish Audio, and what is asked of it twice."""

import asyncio
import time
from collections.abc import Sequence

from benchmarks.bench import Bench, at_rate
from benchmarks.bots import MYNAH
from benchmarks.figures import Figure, Line, Runs
from benchmarks.stage import Stage, open_stage
from sandbox.discord import Member

AT_ONCE = 5  # requests that the account allows
PACE = 80  # `/say` a second: the bot keeps up with that


async def fairness(bench: Bench) -> Sequence[Line]:
    """Let one member queue many sounds and, when all of them wait, another one ask for a single one."""
    rounds, queued = Runs(), bench.pick(20, 60, 200)
    async with open_stage(speech_seconds=0.2) as stage:
        await stage.prepare(stage.add_members(2))
        await stage.start(MYNAH, fish_concurrency=AT_ONCE)
        busy, single = stage.members
        for _ in range(bench.pick(1, 1, 2)):
            crowd = asyncio.ensure_future(at_rate(PACE, queued / PACE, lambda _: _say(stage, busy)))
            await asyncio.sleep(queued / PACE + 0.5)
            text = stage.new_text()
            said = await stage.say(single, text)
            if said.delivered_at is not None:  # else it was not answered in time, which the machine is to blame for
                began = stage.sounds.begun_at
                asked_at = said.sent_at + said.first_response  # from here on it waits for nothing but its turn
                rounds.add(sum(asked_at < moment < began[text] for moment in began.values()) / AT_ONCE)
            await crowd
            stage.forget()
    return [
        Line(
            what=f"rounds that a single `/say` waits behind {queued} of somebody else's",
            unit="",
            mynah=rounds.figure,
            limit=1,
        )
    ]


async def _say(stage: Stage, member: Member) -> None:
    await stage.say(member)


async def repeated_words(bench: Bench) -> Sequence[Line]:
    """Five members say the same words in one voice at the same instant, and one of them again later."""
    askers, words = bench.pick(2, 5, 5), "good morning everybody and welcome to the evening show here"
    async with open_stage(speech_seconds=bench.speech_seconds) as stage:
        [shared] = stage.add_members(1)
        owner = stage.members[0]
        others = [stage.discord.member(f"Guest {number}") for number in range(askers)]
        await stage.prepare([shared])
        await stage.start(MYNAH)
        await owner.uses("/voice share", voice=shared.name)
        await asyncio.gather(*(stage.say(member, words) for member in others))
        at_once = stage.sounds.asked
        began = time.perf_counter()
        await stage.say(owner, words)
        again = time.perf_counter() - began
    return [
        Line(
            what=f"requests to Fish Audio for the same words, {askers} at once and once again",
            unit="",
            mynah=Figure((stage.sounds.asked,)),
            limit=1,
            note=f"{at_once} at once; the later one took {1000 * again:.0f} ms",
        )
    ]
