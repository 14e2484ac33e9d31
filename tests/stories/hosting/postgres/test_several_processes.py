"""Several processes serve one bot on PostgreSQL: they share its work and its limits, and one may be killed."""

import asyncio
from pathlib import Path
from secrets import token_hex

import pytest

from sandbox.discord import Discord, Member, Server
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotProcess
from tests.stories.steps import asked, has_voice
from tests.stories.stored import Connection, Place, add_row, change_stored

SHARDS = 4
LIMIT = 5  # requests at once, of the whole account
SAID, PENDING = 20, 12
POLL_SECONDS = 1
LONGEST_WAIT = 100  # seconds; a killed process may have claimed what is waited for, for a minute


def a_process(discord: Discord, fish: FishAudio, folder: Path, url: str, shards: str) -> BotProcess:
    settings: dict[str, object] = {
        "training_poll_seconds": POLL_SECONDS,
        "database_url": url,
        "shard_count": SHARDS,
        "shard_ids": shards,
        "fish_concurrency": LIMIT,
    }
    folder.mkdir()
    return BotProcess(discord, fish, folder, {**settings, "daily_characters_per_member": 0})


def shard_of(server: Server) -> int:
    return (server.id >> 22) % SHARDS


async def are_in_training(place: Place, fish: FishAudio, owner: Member, names: list[str], now: int) -> None:
    """Write voices into the database whose trainings have begun."""
    models = [fish.adds_voice(name) for name in names]
    where = {"guild_id": owner.home.id, "channel_id": owner.home.channels[0].id}

    def add(connection: Connection) -> None:
        for slot, model in enumerate(models, start=100):
            model.state = "training"
            voice = {"id": token_hex(8), "owner_id": owner.id, "owner_name": owner.name, "slot": slot, **where}
            voice |= {"name": model.title, "name_key": model.title.casefold(), "state": "training"}
            add_row(
                connection,
                "voice",
                {**voice, "fish_id": model.id, "since": now, "created_at": now, "next_attempt_at": now},
            )

    await change_stored(place, add)


async def are_asked_about_once_per_interval(fish: FishAudio) -> None:
    """Wait for several questions about all trainings. Two processes that both ask would make them in half the time."""
    loop = asyncio.get_running_loop()
    moments = list[float]()
    for _ in range(5):
        count = len(asked(fish, "GET", template="/model"))
        await fish.until(lambda count=count: len(asked(fish, "GET", template="/model")) > count, within=LONGEST_WAIT)
        moments.append(loop.time())
    assert moments[-1] - moments[0] > 3 * POLL_SECONDS


@pytest.mark.lasting
@pytest.mark.slow
async def test_processes_share_the_work_and_the_limit_and_one_may_be_killed(
    discord: Discord, fish: FishAudio, tmp_path: Path, postgres_url: str
) -> None:
    first = a_process(discord, fish, tmp_path / "first", postgres_url, "0,1")
    second = a_process(discord, fish, tmp_path / "second", postgres_url, "2,3")
    third = a_process(discord, fish, tmp_path / "third", postgres_url, "0,1")
    try:
        await first.starts()
        await second.starts()
        await discord.until_ready(within=LONGEST_WAIT)
        servers = [discord.server]
        while {shard_of(server) for server in servers} != {*range(SHARDS)}:
            assert len(servers) < 20, "servers spread over all shards"
            for _ in servers:  # each takes an id, so that those of the servers differ in their remainders
                discord.member("Passer-by")
            servers.append(discord.add_server("Another"))
        members = [discord.member(f"Member {number}", server=server) for number, server in enumerate(servers)]
        for member in members:
            await has_voice(first, fish, member, "Grandpa")

        fish.delays("POST", "/v1/tts", seconds=0.3, times=SAID)
        uses = [
            (await members[number % len(members)].uses("/say", text=f"Text {number}", wait=False), f"Text {number}")
            for number in range(SAID)
        ]
        for use, text in uses:
            reply = await asyncio.wait_for(use.reply(), LONGEST_WAIT)
            assert fish.made(reply.audio, text=text, voice="Grandpa")
        assert fish.account.most_at_once == LIMIT
        assert [request for request in fish.requests if request.status == 429] == []

        ann = members[0]
        names = [f"Voice {number:02}" for number in range(PENDING)]
        await are_in_training(first.place, fish, ann, names, first.clock.now())
        await first.is_killed(beside=2)
        for name in names[: PENDING // 2]:
            fish.finishes_training(name)
        await third.starts()
        for name in names[: PENDING // 2]:
            await ann.is_told(f"“{name}” is ready.", within=LONGEST_WAIT)
        await are_asked_about_once_per_interval(fish)
        for name in names[PENDING // 2 :]:
            fish.finishes_training(name)
        for name in names[PENDING // 2 :]:
            await ann.is_told(f"“{name}” is ready.", within=LONGEST_WAIT)
        told = [seen.text.strip("*").split("”")[0] for seen in ann.dm_messages]
        assert sorted(told) == [f"“{name}" for name in names], "each once"

        await discord.until_ready(within=LONGEST_WAIT)
        for member in members:
            reply = await member.uses("/say", text="All shards are served")
            assert fish.made(reply.audio, text="All shards are served", voice="Grandpa")
    finally:
        for process in (first, second, third):
            await process.is_killed(beside=SHARDS)
