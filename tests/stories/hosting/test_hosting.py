"""The bot survives lost connections, a full disk, a locked file and a second process, and writes useful logs."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.services.servers.left_servers import LeftServers
from sandbox.discord import Discord, Member, Upload
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import ask_for_voice, asked, has_voice, make_voice, sees_in_list, sentence_of, wav
from tests.stories.stored import stored

MEBIBYTE = 1024 * 1024
CANNOT_SAVE = "I cannot save anything right now, so nothing was done. Please try again in a few minutes."


async def speaks(member: Member, fish: FishAudio, text: str) -> bool:
    reply = await member.uses("/say", text=text)
    return fish.made(reply.audio, text=text)


def counted(database: Path) -> int:
    """Return the characters that count as spoken."""
    return stored(database, "SELECT MAX(characters) FROM budget WHERE scope LIKE 'server%'")[0][0]


@pytest.mark.usefixtures("connects_again_at_once")
async def test_a_lost_gateway_is_found_again_while_work_goes_on(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.trains = "slowly"
    await ask_for_voice(ben, "Grandma")

    await discord.drops_gateway()
    fish.finishes_training("Grandma")
    await ben.is_told("“Grandma” is ready.")
    await discord.until_ready()
    assert await speaks(ann, fish, "The session was resumed")

    discord.asks_to_reconnect()
    assert await speaks(ann, fish, "Discord wanted me elsewhere")

    await discord.drops_gateway(resumable=False)
    await discord.until_ready()
    assert await speaks(ann, fish, "The session was a new one")
    assert len(ben.dm_messages) == 1


ODD_EVENTS: dict[str, Any] = {
    "GUILD_CREATE": {"id": "not a number"},
    "GUILD_UPDATE": [],
    "GUILD_ROLE_CREATE": {},
    "CHANNEL_UPDATE": None,
    "INTERACTION_CREATE": {"type": 2},
    "MESSAGE_CREATE": "text",
    "ENTITLEMENT_CREATE": {},
    "THREAD_LIST_SYNC": {"guild_id": None},
    "NEVER_HEARD_OF": {"new": True},
}


async def test_an_event_that_cannot_be_handled_is_skipped_and_counted(
    discord: Discord, bot: BotHere, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(left_servers: LeftServers, server_id: int) -> None:
        raise ValueError("what a member has typed")

    monkeypatch.setattr(LeftServers, "left", fails)
    with capture_logs() as logged:
        discord.removes_bot(discord.server)
        await bot.until(lambda: logged)
    assert [(line["event"], line["gateway_event"], line["skipped"]) for line in logged] == [
        ("event skipped", "on_guild_remove", 1)
    ]
    assert "what a member has typed" not in caplog.text + str(logged)


async def test_events_that_cannot_be_read_are_skipped_and_counted(
    process: BotProcess, discord: Discord, fish: FishAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.is_up()
    ann = discord.member("Ann")
    await has_voice(process, fish, ann, "Grandpa")
    for event, data in ODD_EVENTS.items():
        discord.gateway.dispatch(event, data)
    assert await speaks(ann, fish, "They were odd")
    assert process.output.count("event skipped") == len(ODD_EVENTS) - 1, "what nobody has heard of is no trouble"
    assert "Traceback" not in process.output

    send = discord.gateway.dispatch
    for options in ([{"name": "text"}], [{"type": 3, "value": "Hello"}], [None], 7):

        def send_oddly(event: str, data: dict[str, Any], options: object = options, **how: Any) -> None:
            send(event, {**data, "data": {**data["data"], "options": options}}, **how)

        monkeypatch.setattr(discord.gateway, "dispatch", send_oddly)
        reply = await ann.uses("/say", text="Hello")
        assert reply.text.startswith("Sorry, that failed on our side."), "a command is answered all the same"
        monkeypatch.undo()

    report = await ann.uses("/voice create", name="Grandma", sample=wav())

    def send_of_nobody(event: str, data: dict[str, Any], **how: Any) -> None:
        send(event, {**data, "type": ["no number"]}, **how)
        send(event, {**data, "token": ["no text"]}, **how)
        send(event, {name: value for name, value in data.items() if name != "member"}, **how)

    monkeypatch.setattr(discord.gateway, "dispatch", send_of_nobody)
    reply = await ann.clicks(report, "Create my voice")
    assert reply.text.startswith("Sorry, that failed on our side."), "and so is a click"
    assert "gateway_event=on_interaction" not in process.output, "a kind that nobody has heard of is no trouble"
    assert "never retrieved" not in process.output
    monkeypatch.undo()
    process.is_asked_to_stop()
    assert await process.exit_code() == 0


@pytest.mark.usefixtures("connects_again_at_once")
@pytest.mark.parametrize(
    "frame",
    [["no frame"], "text", None, {"op": 10, "d": None}, {"op": 0, "t": "READY", "s": 1, "d": {}}],
    ids=["list", "text", "nothing", "hello", "ready"],
)
async def test_a_connection_that_cannot_be_read_is_replaced(
    frame: object, bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    discord.gateway.say(frame)
    await discord.until_gone()
    await discord.until_ready()
    assert await speaks(ann, fish, "The connection was odd")


async def test_a_full_disk_is_explained_to_the_member_and_survived(
    process: BotProcess, discord: Discord, fish: FishAudio
) -> None:
    await process.is_up()
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(process, fish, ann, "Grandpa")

    process.may_write_files_of(0)
    refusal = await ben.uses("/voice create", name="Grandma", sample=wav())
    assert (refusal.text, refusal.ephemeral) == (CANNOT_SAVE, True)
    assert "Grandpa" in (await ann.uses("/voice list")).text
    refusal = await ann.uses("/say", text="Hello")
    assert (sentence_of(refusal), refusal.ephemeral) == (CANNOT_SAVE, True)

    process.may_write_files_of()
    await make_voice(ben, "Grandma")
    assert await speaks(ann, fish, "Hello")


async def test_with_a_locked_database_or_a_slow_disk_people_only_wait(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    with closing(sqlite3.connect(bot.database, isolation_level=None, check_same_thread=False)) as backup:
        await asyncio.to_thread(backup.execute, "BEGIN IMMEDIATE")  # once the bot has ended its own change
        saying = await ann.uses("/say", text="Hello", wait=False)
        assert "Grandpa" in (await ann.uses("/voice list")).text
        assert await saying.answered()
        assert saying.thinking
        backup.execute("ROLLBACK")
    reply = await saying.reply()
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")


async def test_two_processes_on_one_database_do_everything_once(
    bot: BotHere, process: BotProcess, discord: Discord, fish: FishAudio
) -> None:
    await process.is_up(beside=1)
    members = [discord.member(name) for name in ("Ann", "Ben", "Cleo")]
    await asyncio.gather(*(make_voice(member, "Grandpa") for member in members))
    assert all(await asyncio.gather(*(speaks(member, fish, f"I am {member.name}") for member in members)))

    assert len(asked(fish, "POST")) == len(fish.voices) == len(members)
    assert [len(member.dm_messages) for member in members] == [1, 1, 1]
    assert len(discord.messages(discord.server.channels[0], viewer=discord.owner)) == len(members)
    spoken = sum(len(f"I am {member.name}") for member in members)
    await bot.until(lambda: counted(bot.database) == spoken)
    await process.is_killed(beside=1)


@pytest.mark.settings(log_format="json", log_level="debug")
async def test_logs_are_json_and_hold_no_secrets_of_members(
    process: BotProcess, discord: Discord, fish: FishAudio
) -> None:
    await process.is_up()
    ann = discord.member("Ann")
    created = await ann.uses("/voice create", name="Secretname", sample=wav(), transcript="secret transcript")
    consent = await ann.clicks(created, "Create my voice")
    await ann.is_told("“Secretname” is ready.")
    said = await ann.uses("/say", text="secret speech")
    fish.fails("POST", "/v1/tts", status=400, body={"status": 400, "message": "secret speech is not allowed"})
    refused = await ann.uses("/say", text="secret speech")
    fish.fails("POST", "/v1/tts", status=401)
    unpaid = await ann.uses("/say", text="secret speech")
    await discord.owner.is_told("refuses my API key")
    discord.fails("PATCH", "/webhooks/*", status=400, code=50035)
    unposted = await ann.uses("/say", text="secret speech")
    broken = await ann.uses("/voice create", name="Broken", sample=Upload("a.wav", b"RIFF\xff\xff\xff\xffWAVEfmt "))
    process.is_asked_to_stop()
    assert await process.exit_code() == 0

    lines = [json.loads(line) for line in process.output.splitlines()]
    assert all({"event", "level", "timestamp", "logger"} <= line.keys() for line in lines)
    assert "notice delivered" in [line["event"] for line in lines]
    replies = (created, consent, said, refused, unpaid, unposted, broken)
    secrets = [discord.token, fish.key, "secret speech", "secret transcript", "Secretname"]
    secrets += [reply.interaction.token for reply in replies]
    assert [secret for secret in secrets if secret in process.output] == []


@pytest.mark.settings(daily_characters_per_member=0)
async def test_speaking_leaks_no_memory(process: BotProcess, discord: Discord, fish: FishAudio) -> None:
    await process.is_up()
    members = [discord.member(name) for name in ("Ann", "Ben", "Cleo", "Dan", "Eve")]
    await has_voice(process, fish, members[0], "Grandpa")
    await members[0].uses("/voice share", voice="Grandpa")

    async def chat(rounds: int) -> None:
        for _ in range(rounds):
            assert all(await asyncio.gather(*(speaks(member, fish, "Hello") for member in members)))

    await chat(8)
    before = process.memory
    await chat(20)
    assert process.memory - before < 5 * MEBIBYTE


@pytest.mark.settings(training_poll_seconds=20)
async def test_a_clock_that_is_set_back_stops_no_work(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")
    await bot.rests()
    bot.clock.is_set(ahead=-3600)
    fish.finishes_training("Grandpa")
    bot.time_passes(seconds=30)
    await ann.is_told("“Grandpa” is ready.")
