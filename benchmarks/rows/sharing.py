"""Four processes on one PostgreSQL: they share the trainings and the account's limit, and one of them is killed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from pathlib import Path

from benchmarks.bench import Bench, at_rate
from benchmarks.bots import MYNAH, Bot
from benchmarks.figures import Figure, Line
from benchmarks.rows.training import PAGE, PAGE_SECONDS, PER_OWNER, in_training
from benchmarks.stage import Stage, open_stage
from benchmarks.stored import StoredVoice, make_postgres_database
from sandbox.discord.world.model import Server
from sandbox.postgres_server import programs_folder, running_server

PROCESSES, SHARDS_OF_ONE = 4, 4
SHARDS = PROCESSES * SHARDS_OF_ONE
SLOTS = 15  # requests at once, of the account
SPEECH_SECONDS = 0.75  # so that two cores can fill the slots, also where something else runs beside
PACE = 60  # `/say` a second: slow enough that first responses are never late
POLL_SECONDS = 2
LONGEST = 25  # seconds for a `/say`: one of a killed process is waited for that long
LONGEST_WAIT = 120  # seconds; what a killed process had claimed is free after a minute


class NoPostgres(Exception):
    """The programs of PostgreSQL are not installed."""


@dataclass(slots=True)
class _Crowd:
    """What became of many `/say`."""

    seconds: float = 0.0
    delivered: int = 0
    unanswered: Counter[Server] = field(default_factory=Counter[Server])
    fill: list[int] = field(default_factory=list[int])  # requests under way at Fish Audio, while more wait

    @property
    def fill_shares(self) -> tuple[float, ...]:
        """The slots in use on average, in percent; nothing if there were never as many requests as slots."""
        return (100 * sum(self.fill) / len(self.fill) / SLOTS,) if self.fill else ()

    @property
    def rate(self) -> float:
        return self.delivered / self.seconds


async def several_processes(bench: Bench) -> Sequence[Line]:
    """Let one process and then four speak, and kill one of the four in the middle of everything."""
    programs = programs_folder()
    if programs is None:
        raise NoPostgres("initdb is not installed")
    pending, say = bench.pick(100, 400, 2_000), bench.pick(20, 120, 400)
    pages = ceil(pending / PAGE)
    interval = max(POLL_SECONDS, PAGE_SECONDS * pages)
    async with AsyncExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, running_server(programs))
        stage = await stack.enter_async_context(open_stage(speech_seconds=SPEECH_SECONDS, at_once=SLOTS))
        servers = _servers_of_all_shards(stage)
        voices = stage.add_members(2 * len(servers), servers=servers)
        training = in_training(stage, pending)
        alone, together = server.new_database("alone"), server.new_database("together")
        await make_postgres_database(alone, voices)
        await make_postgres_database(together, [*voices, *training])

        async with _processes(stage, alone, [range(1)], of=1):  # discord.py takes five seconds to start each shard
            of_one = await _crowd(stage, say // 4)
        async with _processes(stage, together, [_shards(number) for number in range(PROCESSES)]) as running:
            await asyncio.sleep(1.5 * interval)  # a start asks about everything at once
            stage.forget()
            await asyncio.sleep(2 * interval)
            asked = Counter(request.query.get("page_number", "1") for request in stage.fish.requests)
            bench.lag.begin()
            of_four = await _crowd(stage, say // 2)
            late = bench.lag.is_late
            most, refused = stage.fish.most_at_once, _refused(stage)
            survived, twice = await _killed_in_the_middle(stage, together, running, training, say)
            afterwards = _refused(stage) - refused
    return [
        Line(
            what=f"sounds of one process with {SLOTS} slots at Fish Audio", unit="per s", mynah=Figure((of_one.rate,))
        ),
        Line(
            what=f"sounds of {PROCESSES} processes with the same slots",
            unit="per s",
            mynah=Figure((of_four.rate,), late),
            note=f"Fish Audio's limit is {SLOTS / SPEECH_SECONDS:g} a second",
        ),
        Line(
            what=f"{PROCESSES} processes: slots in use while a `/say` waits",
            unit="%",
            mynah=Figure(of_four.fill_shares, late),
            limit=95,
            at_least=True,
        ),
        Line(
            what=f"{PROCESSES} processes: most requests at once",
            unit="",
            mynah=Figure((most,)),
            limit=SLOTS,
            note=f"{refused} were refused; {afterwards} while Fish Audio was still at those of a killed process",
        ),
        Line(
            what=f"{PROCESSES} processes, {pending:,} voices in training: requests per interval of {interval:g} s",
            unit="",
            mynah=Figure((asked.total() / 2,)),
            limit=pages + 1,
        ),
        Line(
            what=f"{say} `/say`, one process killed: those of the others without a sound",
            unit="",
            mynah=Figure((survived.unanswered.total(),)),
            limit=0,
            note=f"{survived.delivered} were delivered",
        ),
        Line(what="the same: notices that did not come once", unit="", mynah=Figure((twice,)), limit=0),
    ]


def _refused(stage: Stage) -> int:
    return sum(request.status == HTTPStatus.TOO_MANY_REQUESTS for request in stage.fish.requests)


def _servers_of_all_shards(stage: Stage) -> list[Server]:
    servers = [stage.discord.server]
    while {_shard_of(server) for server in servers} != {*range(SHARDS)}:
        for _ in servers:  # each takes an id, so that those of the servers differ in their remainders
            stage.discord.member("Passer-by")
        servers.append(stage.discord.add_server(f"Server {len(servers)}"))
    return servers


def _shard_of(server: Server) -> int:
    return (server.id >> 22) % SHARDS


def _shards(number: int) -> range:
    return range(number * SHARDS_OF_ONE, (number + 1) * SHARDS_OF_ONE)


@asynccontextmanager
async def _processes(stage: Stage, url: str, shares: Sequence[range], *, of: int = SHARDS) -> AsyncGenerator[list[Bot]]:
    """Run a process for each share of the shards. The block may add others to the list."""
    running: list[Bot] = []
    try:
        for shards in shares:
            running.append(await _process(stage, url, shards, of=of))  # noqa: PERF401 - so that what runs is ended
        await stage.discord.until_ready(within=LONGEST_WAIT)
        await _crowd(stage, len(stage.members))  # the first of each process takes longer
        yield running
    finally:
        await asyncio.gather(*(bot.stop() for bot in running))
        await stage.discord.until_gone()


async def _process(stage: Stage, url: str, shards: range, *, of: int = SHARDS) -> Bot:
    settings = stage.settings(
        database_url=url,
        fish_concurrency=SLOTS,
        shard_count=of,
        shard_ids=",".join(map(str, shards)),
        training_poll_seconds=POLL_SECONDS,
        training_timeout_seconds=86_400,
    )
    return await Bot.start(MYNAH, _new_folder(stage), settings)


def _new_folder(stage: Stage) -> Path:
    folder = stage.folder / f"process {len(list(stage.folder.iterdir()))}"
    folder.mkdir()
    return folder


async def _crowd(stage: Stage, count: int) -> _Crowd:
    """Let members of all servers use `/say`, one after the other and faster than Fish Audio speaks."""
    crowd, first = _Crowd(), stage.sounds.asked

    async def say(number: int) -> None:
        member = stage.members[number % len(stage.members)]
        said = await stage.say(member, within=LONGEST)
        if said.delivered_at is None:
            crowd.unanswered[member.home] += 1
        else:
            crowd.delivered += 1

    async def watch() -> None:
        await stage.fish.until(lambda: stage.fish.account.in_flight >= SLOTS, within=LONGEST_WAIT)
        while stage.sounds.asked - first < count:
            crowd.fill.append(stage.fish.account.in_flight)
            await asyncio.sleep(0.005)

    began, watching = time.perf_counter(), asyncio.ensure_future(watch())
    try:
        await at_rate(PACE, count / PACE, say)
    finally:
        watching.cancel()
    crowd.seconds = time.perf_counter() - began
    return crowd


async def _killed_in_the_middle(
    stage: Stage, url: str, running: list[Bot], training: Sequence[StoredVoice], count: int
) -> tuple[_Crowd, int]:
    """Kill one process while members speak, let trainings end, and start another one.

    Returns what became of the `/say` of the other processes, and how many notices did not come exactly once.
    """
    speaking = asyncio.ensure_future(_crowd(stage, count))
    before = stage.sounds.asked
    await stage.fish.until(lambda: stage.sounds.asked >= before + count // 3, within=LONGEST_WAIT)
    await running.pop(0).kill()
    ended = training[::PER_OWNER]  # one of each owner
    for voice in ended:
        stage.fish.finishes_training(voice.name)
    running.append(await _process(stage, url, _shards(0)))
    said = await speaking
    for server in [server for server in said.unanswered if _shard_of(server) in _shards(0)]:
        del said.unanswered[server]
    owners = [stage.discord.plays(stage.discord.world.users[voice.owner_id]) for voice in ended]
    for owner, voice in zip(owners, ended, strict=True):
        await owner.is_told(f"“{voice.name}” is ready.", within=LONGEST_WAIT)
    await asyncio.sleep(2 * POLL_SECONDS)  # in which a second one would come
    return said, sum(len(owner.dm_messages) != 1 for owner in owners)
