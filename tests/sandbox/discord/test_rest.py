"""Channels, messages, commands and the CDN, each rule shown by a request that breaks it."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession, ServerDisconnectedError

from sandbox.discord import Channel, Discord, Permission
from sandbox.discord.world.model import MessageFlag
from tests.sandbox.discord.raw_client import COMMANDS, Answer, RawClient

CHOICES = [{"name": "n" * 100, "value": f"{number:02}" + "v" * 98} for number in range(25)]


def option(name: str, **more: Any) -> dict[str, Any]:
    return {"type": 3, "name": name, "description": "An option", **more}


@pytest.fixture
def channel(discord: Discord) -> Channel:
    return discord.server.channels[0]


async def send(raw: RawClient, channel: Channel, **body: Any) -> Answer:
    return await raw.ask("POST", f"/channels/{channel.id}/messages", body)


async def test_a_wrong_token_and_a_missing_user_agent_are_refused(raw: RawClient) -> None:
    agent = {"User-Agent": "DiscordBot (raw)"}
    assert (await raw.ask("GET", "/users/@me", headers={**agent, "Authorization": "Bot wrong"})).status == 401
    nameless = {"Authorization": f"Bot {raw.discord.token}"}
    assert (await raw.ask("GET", "/users/@me", headers=nameless)).code == 40333


async def test_json_is_labelled_exactly(raw: RawClient) -> None:
    assert (await raw.ask("GET", "/users/@me")).headers["Content-Type"] == "application/json"


async def test_the_owner_is_a_person_or_a_team(raw: RawClient) -> None:
    discord = raw.discord
    alone = await raw.ask("GET", "/oauth2/applications/@me")
    assert (alone.json["owner"]["id"], alone.json["team"]) == (str(discord.owner.id), None)
    ann, ben = discord.member("Ann"), discord.member("Ben")
    discord.owned_by_team([ann, ben])
    team = (await raw.ask("GET", "/oauth2/applications/@me")).json["team"]
    assert [member["user"]["id"] for member in team["members"]] == [str(ann.id), str(ben.id)]


async def test_what_nobody_prepared_is_a_surprise(raw: RawClient) -> None:
    assert (await raw.ask("GET", "/voice/regions")).status == 404
    assert raw.discord.surprises == ["GET /voice/regions: nothing is prepared for it (404)"]
    raw.discord.surprises.clear()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": "Sing"}, ("0", "name")),
        ({"name": "a" * 33}, ("0", "name")),
        ({"description": ""}, ("0", "description")),
        ({"contexts": [3]}, ("0", "contexts")),
        ({"integration_types": []}, ("0", "integration_types")),
        ({"options": [option(f"o{number}") for number in range(26)]}, ("0", "options")),
        ({"options": [option("o"), option("o")]}, ("0", "options")),
        ({"options": [option("o"), option("p", required=True)]}, ("0", "options")),
        ({"options": [option("o", max_length=6001)]}, ("0", "options", "0", "max_length")),
        ({"options": [option("o", choices=CHOICES, autocomplete=True)]}, ("0", "options", "0", "autocomplete")),
        (
            {"options": [option("sub", type=1, options=[option("subsub", type=1)])]},
            ("0", "options", "0", "options", "0", "type"),
        ),
        ({"options": [option(f"o{number}", choices=CHOICES) for number in range(3)]}, ("0",)),  # 15,000 characters
    ],
)
async def test_a_bad_command_is_refused_by_its_field(
    raw: RawClient, change: dict[str, Any], path: tuple[str, ...]
) -> None:
    url = f"/applications/{raw.discord.world.application.id}/commands"
    refused = await raw.ask("PUT", url, [{**COMMANDS[0], **change}])
    assert (refused.status, refused.code) == (400, 50035)
    assert refused.problem(*path)
    assert [command["name"] for command in (await raw.ask("GET", url)).json] == ["sing"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"description": "Who?"}, "description"), ({"options": [option("word")]}, "options"), ({"name": ""}, "name")],
)
async def test_an_entry_of_the_message_menu_has_a_name_and_nothing_more(
    raw: RawClient, change: dict[str, Any], field: str
) -> None:
    url = f"/applications/{raw.discord.world.application.id}/commands"
    entry = {"type": 3, "name": "Who said this?"}
    namesakes = [{**COMMANDS[0], "name": "repeat"}, {**entry, "name": "repeat"}]
    first, second = [(await raw.ask("PUT", url, namesakes)).json for _ in range(2)]
    assert len({command["id"] for command in first}) == 2
    assert [command["id"] for command in second] == [command["id"] for command in first]
    refused = await raw.ask("PUT", url, [{**entry, **change}])
    assert refused.problem("0", field)


async def test_an_enforced_nonce_makes_one_message(raw: RawClient, channel: Channel) -> None:
    first = await send(raw, channel, content="once", nonce="told-1", enforce_nonce=True)
    again = await send(raw, channel, content="twice", nonce="told-1", enforce_nonce=True)
    assert (again.status, again.json["id"], again.json["content"]) == (200, first.json["id"], "once")
    await raw.ask("DELETE", f"/channels/{channel.id}/messages/{first.json['id']}")
    gone = await send(raw, channel, content="again", nonce="told-1", enforce_nonce=True)
    assert (gone.status, gone.code) == (404, 10008)
    raw.discord.clock.forward(minutes=6)
    later = await send(raw, channel, content="later", nonce="told-1", enforce_nonce=True)
    assert later.json["content"] == "later"


async def test_a_nonce_has_at_most_25_characters(raw: RawClient, channel: Channel) -> None:
    refused = await send(raw, channel, content="x", nonce="n" * 26, enforce_nonce=True)
    assert refused.problem("nonce") == "BASE_TYPE_MAX_LENGTH"


async def test_ordinary_messages_ping_all_they_name_unless_told_otherwise(raw: RawClient, channel: Channel) -> None:
    ann, ben = raw.discord.member("Ann"), raw.discord.member("Ben")
    text = f"{ann.mention} {ben.mention} @everyone"
    usual = await send(raw, channel, content=text)
    assert {user["id"] for user in usual.json["mentions"]} == {str(ann.id), str(ben.id)}
    assert usual.json["mention_everyone"] is True
    narrow = await send(raw, channel, content=text, allowed_mentions={"users": [str(ann.id)]})
    assert [user["id"] for user in narrow.json["mentions"]] == [str(ann.id)]
    silent = await send(raw, channel, content=text, allowed_mentions={"parse": []})
    assert (silent.json["mentions"], silent.json["mention_everyone"]) == ([], False)
    assert len(ann.news) == 2
    assert len(ben.news) == 1


async def test_a_dm_to_closed_dms_or_to_strangers_is_refused(raw: RawClient) -> None:
    ann = raw.discord.member("Ann")
    opened = await raw.ask("POST", "/users/@me/channels", {"recipient_id": str(ann.id)})
    assert opened.json["id"] == str(ann.dm.id)
    ann.closes_dms()
    assert (await send(raw, ann.dm, content="psst")).code == 50007
    ann.opens_dms()
    assert (await send(raw, ann.dm, content="psst")).status == 200
    ann.leaves(raw.discord.server)
    assert (await send(raw, ann.dm, content="psst")).code == 50278


async def test_a_channel_may_be_hidden_closed_or_gone(raw: RawClient) -> None:
    discord = raw.discord
    hidden, closed, gone = (discord.add_channel(name) for name in ("hidden", "closed", "gone"))
    discord.forbids(hidden, Permission.VIEW_CHANNEL)
    discord.forbids(closed, Permission.SEND_MESSAGES)
    discord.deletes_channel(gone)
    assert [(await send(raw, where, content="x")).code for where in (hidden, closed, gone)] == [50001, 50013, 10003]
    discord.removes_bot(discord.server)
    assert (await send(raw, discord.server.channels[0], content="x")).code == 50001
    assert (await raw.ask("GET", f"/guilds/{discord.server.id}")).code == 10004


async def test_messages_are_listed_edited_and_deleted(raw: RawClient, channel: Channel) -> None:
    sent = [await send(raw, channel, content=text) for text in ("one", "two")]
    path = f"/channels/{channel.id}/messages"
    assert [message["content"] for message in (await raw.ask("GET", path)).json] == ["two", "one"]
    one = f"{path}/{sent[0].json['id']}"
    assert (await raw.ask("PATCH", one, {"content": "changed"})).json["content"] == "changed"
    assert (await raw.ask("PATCH", one, {"content": ""})).code == 50006
    assert (await raw.ask("DELETE", one)).status == 204
    assert (await raw.ask("GET", one)).code == 10008


async def test_a_voice_message_is_sent_to_a_channel_where_that_is_allowed_and_can_be_replied_to(
    raw: RawClient, channel: Channel
) -> None:
    path = f"/channels/{channel.id}/messages"
    entry = {"id": 0, "duration_secs": 1.5, "waveform": "AAAA"}
    about = {"flags": int(MessageFlag.IS_VOICE_MESSAGE), "attachments": [entry], "nonce": "n", "enforce_nonce": True}
    file = (("voice-message.ogg", b"OggS"),)
    sent = await raw.ask("POST", path, about, files=file, file_type="audio/ogg")
    again = await raw.ask("POST", path, about, files=file, file_type="audio/ogg")
    assert (sent.json["flags"], again.json["id"]) == (1 << 13, sent.json["id"])

    reference = {"message_id": sent.json["id"]}
    replied = await send(raw, channel, content="Who said it", message_reference=reference)
    assert (replied.json["type"], replied.json["message_reference"]["message_id"]) == (19, sent.json["id"])
    assert replied.json["referenced_message"]["id"] == sent.json["id"]
    await raw.ask("DELETE", f"{path}/{sent.json['id']}")
    assert (await raw.ask("GET", f"{path}/{replied.json['id']}")).json["referenced_message"] is None
    unfound = await send(raw, channel, content="x", message_reference=reference)
    assert unfound.problem("message_reference") == "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
    loose = await send(raw, channel, content="x", message_reference={**reference, "fail_if_not_exists": False})
    assert loose.json["type"] == 0
    assert (await send(raw, channel, content="x", message_reference={})).problem("message_reference", "message_id")

    raw.discord.forbids(channel, Permission.READ_MESSAGE_HISTORY)
    assert (await send(raw, channel, content="x", message_reference=reference)).code == 160002
    assert (await raw.ask("GET", path)).json == []
    raw.discord.forbids(channel, Permission.SEND_VOICE_MESSAGES)
    assert (await raw.ask("POST", path, about, files=file, file_type="audio/ogg")).code == 50173


async def test_a_link_works_until_it_expires_or_is_forged(raw: RawClient, channel: Channel) -> None:
    sent = await raw.ask("POST", f"/channels/{channel.id}/messages", files=(("song.mp3", b"la la"),))
    url = sent.json["attachments"][0]["url"]
    async with ClientSession() as client:
        async with client.get(url) as found:
            assert (found.status, await found.read()) == (200, b"la la")
        async with client.get(url.replace("hm=", "hm=0")) as forged:
            assert forged.status == 404
        raw.discord.clock.forward(hours=25)
        async with client.get(url) as late:
            assert late.status == 404


async def test_a_failure_may_come_after_the_work_or_drop_the_line(raw: RawClient, channel: Channel) -> None:
    discord = raw.discord
    discord.fails("POST", "/channels/{id}/messages", status=502, after_work=True)
    assert (await send(raw, channel, content="done")).status == 502
    discord.fails("POST", "/channels/{id}/messages", hang_up=True)
    with pytest.raises(ServerDisconnectedError):
        await send(raw, channel, content="lost")
    seen = discord.messages(channel, viewer=discord.owner)
    assert [message.text for message in seen] == ["done"]


async def test_rate_limits_send_headers_and_refuse_requests_that_come_too_soon(
    raw: RawClient, channel: Channel
) -> None:
    raw.discord.limits("POST", "/channels/{id}/messages", requests=1, seconds=5)
    first = await send(raw, channel, content="one")
    assert (first.headers["X-RateLimit-Remaining"], first.headers["X-RateLimit-Limit"]) == ("0", "1")
    hasty = await send(raw, channel, content="two")
    assert (hasty.status, hasty.headers["Via"], 0 < hasty.json["retry_after"] <= 5) == (429, "1.1 sandbox", True)
    raw.discord.clock.forward(seconds=5)
    assert (await send(raw, channel, content="two")).status == 200


async def test_a_429_on_demand_comes_with_what_a_client_needs_to_wait(raw: RawClient, channel: Channel) -> None:
    raw.discord.fails("POST", "/channels/*", status=429, headers={"Retry-After": "7"})
    limited = await send(raw, channel, content="x")
    assert (limited.status, limited.headers["Via"], limited.json["retry_after"]) == (429, "1.1 sandbox", 7)
    assert limited.headers["Content-Type"] == "application/json"


async def test_a_held_request_has_done_nothing_yet(raw: RawClient, channel: Channel) -> None:
    held = raw.discord.holds("POST", "/channels/*")
    sending = asyncio.ensure_future(send(raw, channel, content="x"))
    await held.arrived()
    assert channel.messages == {}
    held.release()
    assert (await sending).status == 200


async def test_the_log_keeps_bodies_and_files(raw: RawClient, channel: Channel) -> None:
    seen: list[str] = []
    raw.discord.subscribe(lambda request: seen.append(request.path))
    path = f"/channels/{channel.id}/messages"
    await raw.ask("POST", path, {"content": "listen"}, files=(("song.mp3", b"la la"),))
    entry = raw.discord.requests[-1]
    assert (entry.method, entry.path, entry.status) == ("POST", path, 200)
    assert entry.route_template == "/channels/{channel_id}/messages"
    assert (entry.json, entry.files) == ({"content": "listen"}, [("song.mp3", 5)])
    assert seen == [path]
