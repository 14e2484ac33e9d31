"""A start works with two settings, or says in a sentence what prevents it."""

import asyncio
import socket
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.clock import SECOND
from bot.discord.client import DiscordUnavailable
from bot.errors import UserError
from bot.hosting.checks import recordings
from bot.hosting.health import LONGEST_TURN
from cogs.upkeep import LONGEST_WAIT, TURN_SECONDS
from sandbox.discord import Discord, Permission
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import ask_for_voice, has_voice, sees_in_list
from tests.stories.stored import stored

FAILED, WRONG = 1, 2
SEND_MESSAGES_IN_THREADS = Permission(1 << 38)  # the stand-in has no threads
SECRET = "letmein"  # noqa: S105 - part of wrong secrets, to be looked for in what is printed


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def dump(path: Path) -> list[str]:
    """Return everything in a database."""
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


async def why_not(bot: BotHere) -> str:
    """Start the bot, which fails. Returns the sentence."""
    with pytest.raises(UserError) as problem:
        await bot.starts()
    return str(problem.value)


async def test_a_refused_token_is_said_in_one_sentence(process: BotProcess) -> None:
    await process.starts(discord_token=f"{SECRET}.{SECRET}.{SECRET}", log_level="error")
    assert await process.exit_code() == WRONG
    assert process.output == (
        "Discord refuses DISCORD_TOKEN. Copy the bot's token from the Developer Portal and start again.\n"
    )


async def test_a_refused_key_is_said_in_one_sentence(discord: Discord, fish: FishAudio, tmp_path: Path) -> None:
    bot = BotHere(discord, fish, tmp_path, {"fish_api_key": f"fish-{SECRET}"})
    assert await why_not(bot) == "Fish Audio refuses FISH_API_KEY. Set a valid key and start again."
    assert not discord.requests


async def test_a_discord_that_cannot_be_reached_is_not_the_hosts_mistake(process: BotProcess) -> None:
    await process.starts(discord_api_url=f"http://127.0.0.1:{free_port()}/api/v10", log_level="error")
    assert await process.exit_code() == FAILED
    assert process.output.startswith("Discord could not be reached (Cannot connect to host 127.0.0.1")
    assert process.output.endswith("Check the network and https://discordstatus.com, then start again.\n")
    assert "Traceback" not in process.output


@pytest.mark.parametrize("status", [503, 403, 429])
async def test_a_discord_that_refuses_everybody_is_explained(
    status: int, discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    not_by_discord_itself = {"Via": ""}  # by a proxy before it, whose answers discord.py does not try again
    discord.fails("GET", "/users/@me", status=status, headers=not_by_discord_itself)
    with pytest.raises(DiscordUnavailable, match=f"Discord could not be reached \\({status}"):
        await BotHere(discord, fish, tmp_path, {}).starts()


async def test_a_discord_that_cannot_be_read_is_explained(discord: Discord, fish: FishAudio, tmp_path: Path) -> None:
    discord.fails("GET", "/users/@me", status=200, body=b"{", headers={"Content-Type": "application/json"})
    with pytest.raises(DiscordUnavailable, match="Discord could not be reached"):
        await BotHere(discord, fish, tmp_path, {}).starts()


async def test_the_bot_starts_although_fish_audio_does_not_answer(
    discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    fish.breaks_behind_its_proxy("GET", "/model")
    bot = BotHere(discord, fish, tmp_path, {})
    await bot.starts()
    reply = await discord.member("Ann").uses("/voice list")
    assert reply.text
    await bot.stops()


async def test_a_database_that_cannot_be_used_is_named_with_the_reason(
    discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    corrupt = tmp_path / "corrupt.db"
    corrupt.write_bytes(b"This is no database. " * 500)
    nowhere = tmp_path / "corrupt.db" / "mynah.db"
    for path, reason in ((corrupt, "it is no SQLite database."), (nowhere, "a file is where its folder should be.")):
        said = await why_not(BotHere(discord, fish, tmp_path, {"database_url": f"sqlite:///{path}"}))
        assert said.startswith(f"The database “{path}” cannot be used: {reason}")


async def test_a_port_that_is_taken_is_named_with_the_reason(discord: Discord, fish: FishAudio, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await why_not(BotHere(discord, fish, tmp_path, {"health_port": port}))
    assert said.startswith(f"HEALTH_PORT {port} cannot be used on HEALTH_HOST 127.0.0.1: ")
    assert "address already in use" in said


CHECKS = ["recordings", "servers", "costs", "database", "Fish Audio", "Discord"]


async def test_check_says_what_is_in_order_and_what_is_not(process: BotProcess, fish: FishAudio) -> None:
    await process.starts("check", log_level="error")
    assert await process.exit_code() == 0
    assert process.output == (
        f"recordings: {recordings()}\n"
        "servers: every server to which the bot is added may use it (ALLOWED_SERVERS is empty)\n"
        "costs: at most per day, in plain letters (other scripts up to four times as much): 0.075 USD for what a "
        "member can have spoken; all members together without limit (DAILY_CHARACTERS_TOTAL is 0); 0.24 USD for "
        "recordings of a member that are listened to\n"
        "database: opens, and its tables are up to date\n"
        "Fish Audio: accepts the key; API credit left: 10.00 USD\n"
        "Discord: accepts the token of Mynah\n"
    )
    await process.starts("check", fish_api_key=f"fish-{SECRET}", discord_token=f"a.{SECRET}.b")
    assert await process.exit_code() == WRONG
    _, found = process.output.split("Discord: accepts the token of Mynah\n")
    assert [line.partition(":")[0] for line in found.splitlines()] == CHECKS, "one line each"
    assert "Fish Audio: Fish Audio refuses FISH_API_KEY. Set a valid key.\n" in found
    assert "Discord: Discord refuses DISCORD_TOKEN." in found
    assert SECRET not in found


async def test_check_says_in_a_sentence_that_there_is_no_network(process: BotProcess) -> None:
    nowhere = "http://127.0.0.1:9"
    await process.starts("check", discord_api_url=f"{nowhere}/api/v10", fish_api_url=nowhere)
    assert await process.exit_code() == WRONG
    lines = process.output.splitlines()
    assert [line.partition(":")[0] for line in lines] == CHECKS
    assert lines[-2] == ("Fish Audio: Fish Audio cannot be reached (ConnectError). Check the network, then try again.")
    assert lines[-1].startswith("Discord: Discord could not be reached (")
    assert lines[-1].endswith("Check the network and https://discordstatus.com, then try again.")


async def test_an_engine_that_fish_audio_would_replace_is_told_and_not_refused(
    process: BotProcess, discord: Discord
) -> None:
    await process.starts("check", log_level="error", fish_model="s2.1-pr")
    assert await process.exit_code() == 0
    assert "engine: FISH_MODEL is 's2.1-pr', an engine that I do not know" in process.output
    await process.is_up(fish_model="s1")
    assert "Fish Audio ends the engine s1 on 2026-12-31" in process.output


async def test_the_invitation_asks_for_what_the_bot_uses_and_no_more(process: BotProcess, discord: Discord) -> None:
    await process.starts("invite", log_level="error", fish_api_key="", database_url="of no use here")
    assert await process.exit_code() == 0
    link = urlsplit(process.output.strip())
    query = parse_qs(link.query)
    assert (link.scheme, link.netloc, link.path) == ("https", "discord.com", "/oauth2/authorize")
    assert query["client_id"] == [str(discord.world.application.id)]
    assert query["scope"] == ["bot applications.commands"]
    assert Permission(int(query["permissions"][0])) == (
        Permission.VIEW_CHANNEL
        | Permission.SEND_MESSAGES
        | SEND_MESSAGES_IN_THREADS
        | Permission.ATTACH_FILES
        | Permission.READ_MESSAGE_HISTORY
        | Permission.SEND_VOICE_MESSAGES
    )


async def test_a_running_bot_says_whether_it_is_well(discord: Discord, fish: FishAudio, tmp_path: Path) -> None:
    port = free_port()
    bot = BotHere(discord, fish, tmp_path, {"health_port": port})
    identified = discord.holds("GET", "/users/@me")
    starting = asyncio.create_task(bot.starts())
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as monitor:
        await identified.arrived()
        async with monitor.get("/healthz") as answer:
            assert (answer.status, (await answer.json())["ready"]) == (503, False)
        identified.release()
        await starting
        ann = discord.member("Ann")
        async with asyncio.timeout(30):
            while (await monitor.get("/healthz")).status != 200:
                await ann.uses("/voice list")  # by then discord.py has heard of every server
        bot.clock.is_set(ahead=3600)
        assert (await monitor.get("/healthz")).status == 200
    await bot.stops()


async def test_a_worker_whose_first_turn_hangs_makes_the_bot_unwell_until_it_is_broken_off(
    discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    port, pause = free_port(), LONGEST_WAIT / SECOND
    bot = BotHere(discord, fish, tmp_path, {"health_port": port, "training_timeout_seconds": 86_400})
    await bot.starts()
    fish.trains = "slowly"
    ann = discord.member("Ann")
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")
    await bot.stops()

    questions = [fish.holds("GET", "/model/*") for _ in range(2)]
    await bot.starts()
    await questions[0].arrived()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as monitor, asyncio.timeout(30):

        async def health() -> tuple[int, dict[str, float]]:
            answer = await monitor.get("/healthz")
            return answer.status, (await answer.json())["seconds_since_last_good_turn"]

        bot.hangs(seconds=TURN_SECONDS)
        await bot.rests()
        bot.time_passes(seconds=pause)
        await questions[1].arrived()
        bot.hangs(seconds=LONGEST_TURN - TURN_SECONDS - pause)
        while (found := await health())[1]["housekeeping"] >= LONGEST_TURN:
            await ann.uses("/voice list")
        assert (found[0], found[1]["training"] >= LONGEST_TURN) == (503, True)
        for question in questions:
            question.release()
        while (await health())[0] != 200:
            await ann.uses("/voice list")
    await bot.stops()


async def test_commands_are_given_to_discord_when_they_have_changed_and_only_then(
    discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    def registrations() -> int:
        return len([request for request in discord.requests if request.method == "PUT"])

    for changes, registered in (({}, 1), ({}, 1), ({"max_text_length": 300}, 2)):
        bot = BotHere(discord, fish, tmp_path, changes)
        await bot.starts()
        await bot.stops()
        assert registrations() == registered


async def test_a_token_that_is_reset_ends_a_running_bot_with_a_sentence(process: BotProcess, discord: Discord) -> None:
    await process.is_up()
    await discord.resets_token()
    assert await process.exit_code() == WRONG
    assert process.output.endswith(
        "Discord refuses DISCORD_TOKEN. Copy the bot's token from the Developer Portal and start again.\n"
    )
    assert "Traceback" not in process.output


async def test_a_database_of_another_application_is_refused_and_left_as_it_is(
    process: BotProcess, discord: Discord
) -> None:
    await process.is_up()
    await process.is_killed()
    other = 1234567890
    with closing(sqlite3.connect(process.database)) as database, database:
        database.execute("UPDATE registration SET application_id = ?", (other,))
    ours = discord.world.application.id
    before = dump(process.database)
    await process.starts()
    assert await process.exit_code() == WRONG
    assert f"another Discord application ({other}); DISCORD_TOKEN is of {ours}. Nothing was" in process.output
    assert dump(process.database) == before

    await process.starts("run", "--adopt")
    await discord.until_ready()
    assert stored(process.place, "SELECT application_id FROM registration") == [(ours,)]
    await process.is_killed()


async def test_a_backup_is_whole_private_and_overwrites_nothing(
    bot: BotHere, process: BotProcess, discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    await has_voice(bot, fish, discord.member("Ann"), "Grandpa")
    await bot.rests()
    copy = tmp_path / "backup.db"
    await process.starts("backup", str(copy), discord_token="", fish_api_key="")
    assert (await process.exit_code(), process.output) == (0, "")
    assert dump(copy) == dump(bot.database)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    before = copy.read_bytes()
    await process.starts("backup", str(copy))
    assert await process.exit_code() == WRONG
    assert process.output == f"“{copy}” exists, and I overwrite nothing. Name another file.\n"
    assert copy.read_bytes() == before


async def test_a_bot_in_no_server_shows_the_link_that_adds_it(process: BotProcess, discord: Discord) -> None:
    discord.removes_bot(discord.server)
    port = free_port()
    await process.is_up(health_port=port)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as monitor, asyncio.timeout(30):
        while "in no server yet" not in process.output:
            await monitor.get("/healthz")
    assert f"https://discord.com/oauth2/authorize?client_id={discord.world.application.id}" in process.output
    await process.is_killed()
