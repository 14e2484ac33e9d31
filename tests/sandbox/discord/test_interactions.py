"""The strict rules of interactions, each shown by a request that breaks it."""

import asyncio
from typing import Any

import pytest

from sandbox.discord import Discord, Member
from sandbox.discord.world.model import MessageFlag
from tests.sandbox.discord.raw_client import RawClient

EPHEMERAL = int(MessageFlag.EPHEMERAL)
BUTTON = {"type": 2, "style": 1, "label": "Press", "custom_id": "press"}


@pytest.fixture
def ann(discord: Discord) -> Member:
    return discord.member("Ann")


async def test_the_first_response_comes_within_three_seconds(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    raw.discord.clock.forward(seconds=3.1)
    late = await raw.respond(interaction, 4, {"content": "late"})
    assert (late.status, late.code) == (404, 10062)


async def test_there_is_one_first_response(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    assert (await raw.respond(interaction, 4, {"content": "first"})).status == 200
    second = await raw.respond(interaction, 4, {"content": "second"})
    assert (second.status, second.code) == (400, 40060)


async def test_a_foreign_id_or_token_is_unknown(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    path = f"/interactions/1/{interaction.token}/callback"
    assert (await raw.ask("POST", path, {"type": 5})).code == 10062
    assert (await raw.ask("POST", "/webhooks/1/abc", {"content": "hello"})).code == 10015


async def test_a_token_lives_for_fifteen_minutes(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    await raw.respond(interaction, 5)
    raw.discord.clock.forward(minutes=15, seconds=1)
    for method, path in (("PATCH", "/messages/@original"), ("POST", ""), ("DELETE", "/messages/@original")):
        late = await raw.ask(method, raw.webhook(interaction) + path, {"content": "late"})
        assert (late.status, late.code) == (401, 50027)


async def test_there_is_no_follow_up_before_the_first_response(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    assert (await raw.ask("POST", raw.webhook(interaction), {"content": "early"})).code == 10015


async def test_the_deferral_decides_who_sees_the_answer(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    deferred = await raw.respond(interaction, 5, {"flags": EPHEMERAL})
    assert deferred.json["interaction"]["response_message_loading"] is True
    followed = await raw.ask("POST", raw.webhook(interaction), {"content": "done", "flags": 0})
    assert followed.json["id"] == deferred.json["interaction"]["response_message_id"]
    assert followed.json["flags"] == EPHEMERAL
    second = await raw.ask("POST", raw.webhook(interaction), {"content": "public", "flags": 0})
    assert (second.json["id"] != followed.json["id"], second.json["flags"]) == (True, 0)


async def test_a_deferral_takes_no_other_flag(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    refused = await raw.respond(interaction, 5, {"flags": EPHEMERAL | 1 << 15})
    assert refused.problem("data", "flags") == "MESSAGE_FLAGS_INVALID"


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 10])
async def test_a_command_is_not_answered_with_something_else(raw: RawClient, ann: Member, kind: int) -> None:
    refused = await raw.respond(await raw.interaction(ann), kind, {"content": "x"})
    assert (refused.status, refused.code) == (400, 50035)


async def test_a_refused_answer_leaves_room_for_a_better_one(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    empty = await raw.respond(interaction, 4, {"content": ""})
    assert (empty.status, empty.code) == (400, 50006)
    assert (await raw.respond(interaction, 4, {"content": "better"})).status == 200


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"content": "a" * 2001}, ("data", "content")),
        ({"content": "x", "flags": 1 << 4}, ("data", "flags")),
        ({"embeds": [{"title": "x"}] * 11}, ("data", "embeds")),
        ({"embeds": [{"title": "x" * 257}]}, ("data", "embeds", "0", "title")),
        ({"embeds": [{"description": "x" * 3001}] * 2}, ("data", "embeds")),
        ({"content": "x", "components": [{"type": 1, "components": [BUTTON]}] * 2}, ("components",)),
        ({"content": "x", "components": [{"type": 1, "components": [BUTTON]}] * 6}, ("components",)),
        (
            {"content": "x", "components": [{"type": 1, "components": [BUTTON] * 6}]},
            ("components", "0", "components"),
        ),
        (
            {"content": "x", "components": [{"type": 1, "components": [{**BUTTON, "label": "a" * 81}]}]},
            ("components", "0", "components", "0", "label"),
        ),
        (
            {"content": "x", "components": [{"type": 1, "components": [{**BUTTON, "custom_id": "a" * 101}]}]},
            ("components", "0", "components", "0", "custom_id"),
        ),
        (
            {"content": "x", "components": [{"type": 1, "components": [{**BUTTON, "custom_id": ""}]}]},
            ("components", "0", "components", "0", "custom_id"),
        ),
        ({"content": "x", "components": [BUTTON]}, ("components", "0", "type")),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            ("data", "allowed_mentions"),
        ),
    ],
)
async def test_a_bad_form_names_its_field(
    raw: RawClient, ann: Member, data: dict[str, Any], path: tuple[str, ...]
) -> None:
    refused = await raw.respond(await raw.interaction(ann), 4, data)
    assert (refused.status, refused.code) == (400, 50035)
    assert refused.problem(*path)


async def test_files_are_limited_in_size_and_number(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    large = await raw.respond(interaction, 4, files=(("song.mp3", bytes(interaction.size_limit + 1)),))
    assert (large.status, large.code) == (413, 40005)
    many = await raw.respond(interaction, 4, files=(("song.mp3", b"la"),) * 11)
    assert (many.status, many.code) == (400, 30015)
    fitting = await raw.respond(interaction, 4, files=(("song.mp3", bytes(interaction.size_limit)),))
    assert fitting.json["resource"]["message"]["attachments"][0]["content_type"] == "audio/mpeg"


async def test_a_boosted_server_takes_larger_files(raw: RawClient, ann: Member) -> None:
    raw.discord.server.boost_tier = 2
    interaction = await raw.interaction(ann)
    answer = await raw.respond(interaction, 4, files=(("song.mp3", bytes(11 * 1024 * 1024)),))
    assert answer.status == 200


async def test_a_voice_message_is_one_audio_file_that_cannot_be_edited(raw: RawClient, ann: Member) -> None:
    voice = int(MessageFlag.IS_VOICE_MESSAGE)
    about = {"flags": voice, "attachments": [{"id": 0, "duration_secs": 1.5, "waveform": "AAAA"}]}
    file = (("voice-message.ogg", b"OggS"),)
    interaction = await raw.interaction(ann)
    assert (await raw.respond(interaction, 4, {**about, "content": "x"}, files=file)).code == 50160
    assert (await raw.respond(interaction, 4, {"flags": voice})).code == 50161
    assert (await raw.respond(interaction, 4, about, files=file)).code == 50162
    for wrong in ("", "AAA", "AAAA" * 86, "öööö"):
        entry = {"id": 0, "duration_secs": 1.5, "waveform": wrong}
        refused = await raw.respond(
            interaction, 4, {"flags": voice, "attachments": [entry]}, files=file, file_type="audio/ogg"
        )
        assert refused.code == 50162, wrong
    for wrong in ("1.5", -1, True):
        entry = {"id": 0, "duration_secs": wrong, "waveform": "AAAA"}
        refused = await raw.respond(
            interaction, 4, {"flags": voice, "attachments": [entry]}, files=file, file_type="audio/ogg"
        )
        assert refused.problem("data", "attachments", "0", "duration_secs")
    sent = await raw.respond(interaction, 4, about, files=file, file_type="audio/ogg")
    assert sent.json["resource"]["message"]["attachments"][0]["duration_secs"] == 1.5
    edited = await raw.ask("PATCH", f"{raw.webhook(interaction)}/messages/@original", {"content": "x"})
    assert edited.code == 50159


async def test_autocomplete_is_answered_with_up_to_25_choices_only(raw: RawClient, ann: Member) -> None:
    choices = [{"name": str(number), "value": str(number)} for number in range(26)]

    async def answer() -> None:
        (interaction,) = raw.discord.world.interactions.values()
        assert (await raw.respond(interaction, 5)).code == 50035
        assert (await raw.respond(interaction, 8, {"choices": choices})).problem("data", "choices")
        long = [{"name": "a" * 101, "value": "x"}]
        assert (await raw.respond(interaction, 8, {"choices": long})).problem("data", "choices", "0", "name")
        assert (await raw.respond(interaction, 8, {"choices": choices[:25]})).status == 200

    offered, _ = await asyncio.gather(ann.completes("/sing", "word", "ch"), answer())
    assert len(offered) == 25


async def test_a_modal_has_its_limits(raw: RawClient, ann: Member) -> None:
    text_input = {"type": 4, "custom_id": "word", "style": 1}
    label = {"type": 18, "label": "Word", "component": text_input}
    modal = {"title": "Form", "custom_id": "form", "components": [label]}
    interaction = await raw.interaction(ann)
    assert (await raw.respond(interaction, 9, {**modal, "title": "a" * 46})).problem("data", "title")
    assert (await raw.respond(interaction, 9, {**modal, "custom_id": ""})).problem("data", "custom_id")
    assert (await raw.respond(interaction, 9, {**modal, "components": []})).problem("data", "components")
    assert (await raw.respond(interaction, 9, modal)).status == 200


async def test_a_deleted_answer_cannot_be_edited(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    await raw.respond(interaction, 5)
    path = f"{raw.webhook(interaction)}/messages/@original"
    assert (await raw.ask("DELETE", path)).status == 204
    assert (await raw.ask("PATCH", path, {"content": "x"})).code == 10008
    assert (await raw.ask("GET", path)).code == 10008


async def test_follow_ups_are_read_edited_and_deleted(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    await raw.respond(interaction, 4, {"content": "first"})
    sent = await raw.ask("POST", raw.webhook(interaction), {"content": "second", "flags": EPHEMERAL})
    path = f"{raw.webhook(interaction)}/messages/{sent.json['id']}"
    assert (await raw.ask("PATCH", path, {"content": "changed"})).json["content"] == "changed"
    assert (await raw.ask("GET", path)).json["content"] == "changed"
    channel = f"/channels/{interaction.channel.id}/messages/{sent.json['id']}"
    assert (await raw.ask("GET", channel)).code == 10008
    assert (await raw.ask("DELETE", path)).status == 204
    assert (await raw.ask("GET", path)).code == 10008


async def test_a_click_lets_its_message_be_changed_whatever_else_answers_it(raw: RawClient, ann: Member) -> None:
    interaction = await raw.interaction(ann)
    buttons = [{"type": 1, "components": [BUTTON]}]
    await raw.respond(interaction, 4, {"content": "card", "flags": EPHEMERAL, "components": buttons})
    card = interaction.original
    assert card is not None
    click = (await ann.clicks(card, "Press", wait=False)).interaction
    await raw.respond(click, 5)
    for used, status in ((click, 200), (await raw.interaction(ann), 404)):
        path = f"{raw.webhook(used)}/messages/{card.id}"
        assert (await raw.ask("PATCH", path, {"content": "done", "components": []})).status == status
    assert (card.content, card.components) == ("done", [])
