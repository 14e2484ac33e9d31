"""The gateway as discord.py and a bare WebSocket see it."""

import asyncio
import json
import zlib
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from sandbox.discord import Discord
from tests.sandbox.discord.trial_bot import running_bot


async def frame(socket: ClientWebSocketResponse) -> dict[str, Any]:
    return await socket.receive_json(timeout=5)


async def identify(socket: ClientWebSocketResponse, token: str, **more: Any) -> None:
    await socket.send_json({"op": 2, "d": {"token": token, "intents": 1, "properties": {}, **more}})


async def test_a_session_is_resumed_with_what_was_missed(discord: Discord) -> None:
    async with ClientSession() as client:
        async with client.ws_connect(discord.gateway_url) as socket:
            assert (await frame(socket))["op"] == 10
            await identify(socket, discord.token)
            ready, created = await frame(socket), await frame(socket)
            assert (ready["t"], created["t"]) == ("READY", "GUILD_CREATE")
            await socket.send_json({"op": 1, "d": created["s"]})
            assert (await frame(socket))["op"] == 11
            await discord.drops_gateway()
        discord.outage(discord.server)
        async with client.ws_connect(ready["d"]["resume_gateway_url"]) as socket:
            await frame(socket)
            session_id = ready["d"]["session_id"]
            resume = {"token": discord.token, "session_id": session_id, "seq": created["s"]}
            await socket.send_json({"op": 6, "d": resume})
            missed, resumed = await frame(socket), await frame(socket)
            assert (missed["t"], missed["d"]["unavailable"]) == ("GUILD_DELETE", True)
            assert resumed["t"] == "RESUMED"


async def test_a_heartbeat_is_answered_no_sooner_than_over_a_network(discord: Discord) -> None:
    """A client that is answered before it has noted its heartbeat warns that it is 41 s behind."""
    async with ClientSession() as client, client.ws_connect(discord.gateway_url) as socket:
        await frame(socket)
        await socket.send_json({"op": 1, "d": None})
        await identify(socket, discord.token)
        assert [(await frame(socket))["op"] for _ in range(3)] == [0, 0, 11]


async def test_a_session_that_is_over_is_not_resumed(discord: Discord) -> None:
    async with ClientSession() as client:
        async with client.ws_connect(discord.gateway_url) as socket:
            await frame(socket)
            await identify(socket, discord.token)
            ready = await frame(socket)
            await discord.drops_gateway(resumable=False)
        async with client.ws_connect(discord.gateway_url) as socket:
            await frame(socket)
            resume = {"token": discord.token, "session_id": ready["d"]["session_id"], "seq": 1}
            await socket.send_json({"op": 6, "d": resume})
            assert await frame(socket) == {"op": 9, "d": False}
            await identify(socket, discord.token)
            assert (await frame(socket))["t"] == "READY"


@pytest.mark.parametrize(
    ("token", "more", "code"),
    [
        ("wrong", {}, 4004),
        (None, {"shard": [2, 2]}, 4010),
        (None, {"intents": 1 << 30}, 4013),
        (None, {"intents": 1 << 15}, 4014),
    ],
)
async def test_a_bad_identify_closes_the_connection(
    discord: Discord, token: str | None, more: dict[str, Any], code: int
) -> None:
    async with ClientSession() as client, client.ws_connect(discord.gateway_url) as socket:
        await frame(socket)
        await identify(socket, token or discord.token, **more)
        await socket.receive(timeout=5)
        assert socket.close_code == code


async def test_frames_are_compressed_in_one_stream_when_asked(discord: Discord) -> None:
    inflate = zlib.decompressobj()
    address = f"{discord.gateway_url}?compress=zlib-stream"
    async with ClientSession() as client, client.ws_connect(address) as socket:
        hello = await socket.receive_bytes(timeout=5)
        assert hello.endswith(b"\x00\x00\xff\xff")
        assert json.loads(inflate.decompress(hello))["op"] == 10
        await identify(socket, discord.token)
        assert json.loads(inflate.decompress(await socket.receive_bytes(timeout=5)))["t"] == "READY"


async def test_shards_get_their_own_servers(discord: Discord) -> None:
    others = [discord.add_server(f"Other {number}") for number in range(3)]
    async with running_bot(discord, shard_count=1) as bot:
        assert {guild.name for guild in bot.guilds} == {"Aviary", *(server.name for server in others)}
    async with ClientSession() as client, client.ws_connect(discord.gateway_url) as socket:
        await frame(socket)
        await identify(socket, discord.token, shard=[1, 2])
        ready = await frame(socket)
        mine = {int(guild["id"]) for guild in ready["d"]["guilds"]}
        assert mine == {server.id for server in (discord.server, *others) if (server.id >> 22) % 2 == 1}


async def test_a_server_says_when_the_bot_joined_and_where_system_messages_go(discord: Discord) -> None:
    async with running_bot(discord) as bot:
        [guild] = bot.guilds
        assert guild.me.joined_at is not None
        assert guild.me.joined_at.year == 1970
        assert guild.system_channel is None
    discord.removes_bot(discord.server)
    discord.server.system_channel = discord.server.channels[0]
    discord.invites_bot(discord.server)
    async with running_bot(discord) as bot:
        [guild] = bot.guilds
        assert guild.me.joined_at is not None
        assert abs(guild.me.joined_at.timestamp() - discord.clock.now()) < 60
        assert guild.system_channel is not None
        assert guild.system_channel.id == discord.server.channels[0].id


async def test_leaving_outages_and_invitations_are_told_apart(discord: Discord) -> None:
    async with running_bot(discord) as bot:
        await bot.wait_until_ready()
        bot.guild_events.clear()
        ann = discord.member("Ann")
        discord.outage(discord.server)
        discord.recovers(discord.server)
        discord.removes_bot(discord.server)
        discord.invites_bot(discord.server)
        await ann.uses("/sing", word="chirp")
        assert bot.guild_events == ["unavailable Aviary", "available Aviary", "remove Aviary", "join Aviary"]


async def test_discord_py_reconnects_when_asked_and_misses_no_event(discord: Discord) -> None:
    async with running_bot(discord) as bot:
        await bot.wait_until_ready()
        resumed = asyncio.Event()

        async def note(_shard_id: int) -> None:
            resumed.set()

        bot.add_listener(note, "on_shard_resumed")
        discord.asks_to_reconnect()
        async with asyncio.timeout(10):
            await resumed.wait()
        assert (await discord.member("Ann").uses("/sing", word="chirp")).text == "chirp"


async def test_a_restarted_bot_finds_buttons_as_they_were(discord: Discord) -> None:
    ann = discord.member("Ann")
    async with running_bot(discord):
        report = await ann.uses("/answer hide")
    await discord.until_gone()
    async with running_bot(discord):
        assert (await ann.clicks(report, "Change")).text == "Changed"
