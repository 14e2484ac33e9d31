"""The commands, and when they are registered; `test_contracts.py` checks them against Discord's OpenAPI file."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, until_answered
from tests.stories.stored import change_stored

MESSAGE_MENU = 3
SUBCOMMAND, STRING, BOOLEAN, USER, MENTIONABLE, NUMBER, ATTACHMENT = 1, 3, 5, 6, 9, 10, 11


def options_of(command: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the type, the bounds and the need of each option."""
    facts = ("type", "required", "autocomplete", "min_length", "max_length", "min_value", "max_value")
    return {
        option["name"]: {fact: option[fact] for fact in facts if option.get(fact) not in (None, False)}
        for option in command["options"]
    }


async def test_there_are_exactly_these_commands(discord: Discord, bot: BotHere) -> None:
    commands = {command["name"]: command for command in discord.world.application.commands}
    assert sorted(commands) == [
        "Make this my voice",
        "Say this in my voice",
        "Who said this?",
        "help",
        "privacy",
        "say",
        "server",
        "usage",
        "verify",
        "voice",
    ]
    everywhere = [name for name, command in commands.items() if command["contexts"] == [0, 1]]
    assert sorted({*commands} - {*everywhere}) == ["server"], "the others are in servers and in the bot's DM"

    assert options_of(commands["say"]) == {
        "text": {"type": STRING, "required": True, "min_length": 1, "max_length": 1000},
        "voice": {"type": STRING, "autocomplete": True},
        "speed": {"type": NUMBER, "min_value": 0.5, "max_value": 2.0},
        "volume": {"type": NUMBER, "min_value": -20.0, "max_value": 20.0},
        "preview": {"type": BOOLEAN},
        "sample": {"type": ATTACHMENT},
        "sample_2": {"type": ATTACHMENT},
        "sample_3": {"type": ATTACHMENT},
        "emotion": {"type": STRING, "autocomplete": True, "min_length": 1, "max_length": 40},
        "as": {"type": STRING},
    }
    [as_] = [option for option in commands["say"]["options"] if option["name"] == "as"]
    assert [choice["value"] for choice in as_["choices"]] == ["voice message", "file"]
    assert options_of(commands["verify"]) == {"file": {"type": ATTACHMENT, "required": True}}
    assert commands["Who said this?"]["type"] == MESSAGE_MENU
    voice = {command["name"]: command for command in commands["voice"]["options"]}
    assert {command["type"] for command in voice.values()} == {SUBCOMMAND}
    name = {"type": STRING, "required": True, "min_length": 1, "max_length": 40}
    choice = {"type": STRING, "required": True, "autocomplete": True}
    assert {command: options_of(voice[command]) for command in voice} == {
        "create": {
            "name": name,
            "sample": {"type": ATTACHMENT, "required": True},
            "sample_2": {"type": ATTACHMENT},
            "sample_3": {"type": ATTACHMENT},
            "transcript": {"type": STRING, "min_length": 1, "max_length": 2000},
            "speaker": {"type": USER},
        },
        "update": {
            "voice": choice,
            "sample": {"type": ATTACHMENT, "required": True},
            "sample_2": {"type": ATTACHMENT},
            "sample_3": {"type": ATTACHMENT},
            "transcript": {"type": STRING, "min_length": 1, "max_length": 2000},
        },
        "list": {},
        "show": {"voice": choice},
        "rename": {"voice": choice, "name": name},
        "default": {"voice": choice, "here": {"type": BOOLEAN}, "as": {"type": STRING}},
        "pronounce": {
            "word": {"type": STRING, "required": True, "min_length": 1, "max_length": 50},
            "as": {"type": STRING, "min_length": 1, "max_length": 50},
        },
        "delete": {"voice": choice},
        "share": {"voice": choice, "with": {"type": MENTIONABLE}, "until": {"type": STRING, "autocomplete": True}},
        "unshare": {"voice": choice, "with": {"type": MENTIONABLE}},
    }
    assert [command["name"] for command in commands["privacy"]["options"]] == ["show", "export", "erase", "cloning"]


def registrations(discord: Discord) -> list[list[dict[str, Any]]]:
    """Return every set of commands that Discord was given."""
    path = f"/applications/{discord.world.application.id}/commands"
    return [request.json for request in discord.requests if (request.method, request.path) == ("PUT", path)]


async def test_commands_are_registered_only_when_they_have_changed(
    discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    for settings, times in (({}, 1), ({}, 1), ({"max_text_length": 300}, 2), ({"max_text_length": 300}, 2)):
        bot = BotHere(discord, fish, tmp_path, settings)
        await bot.starts()
        await bot.stops()
        assert len(registrations(discord)) == times
    says = [next(command for command in given if command["name"] == "say") for given in registrations(discord)]
    assert [options_of(say)["text"]["max_length"] for say in says] == [1000, 300]


async def test_commands_in_sentences_can_be_clicked(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    for restarted in (False, True):  # then nothing is registered again
        if restarted:
            await bot.restarts()
        reply = await ann.uses("/say", text="Hello")
        ids = {command["name"]: command["id"] for command in discord.world.application.commands}
        assert reply.message is not None
        create = f"</voice create:{ids['voice']}>"
        assert reply.message.content.startswith(
            f"You have no voice yet. {create} makes one from a recording of you speaking;"
        )
    await ask_for_voice(ann, "`/say`")
    notice = await ann.is_told("is ready.")
    assert notice.message is not None
    assert "“\\`/say\\`”" in notice.message.content, "what a member typed is not clickable"


async def test_commands_whose_ids_are_not_known_stand_in_sentences_as_they_are_typed(
    discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    before = BotHere(discord, fish, tmp_path, {})
    await before.starts()
    await before.stops()
    await change_stored(before.place, lambda database: database.execute("UPDATE registration SET command_ids = '{}'"))
    path = f"/applications/{discord.world.application.id}/commands"
    discord.fails("PUT", path, status=400, code=30034)
    bot = BotHere(discord, fish, tmp_path, {})
    await bot.starts()
    reply = await discord.member("Ann").uses("/say", text="Hello")
    assert reply.message is not None
    assert reply.message.content.startswith(
        "You have no voice yet. `/voice create` makes one from a recording of you speaking;"
    )
    await bot.stops()


REFUSED: dict[str, Any] = {"status": 400, "code": 30034}
NOT_NOW: dict[str, Any] = {"status": 429, "body": "error code: 1015", "headers": {"Via": ""}}
LOST: dict[str, Any] = {"hang_up": True}


@pytest.mark.parametrize("trouble", [REFUSED, NOT_NOW, LOST])
async def test_commands_that_discord_does_not_take_are_offered_again_while_the_old_ones_work(
    trouble: dict[str, Any], discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    before = BotHere(discord, fish, tmp_path, {})
    await before.starts()
    await before.stops()

    path = f"/applications/{discord.world.application.id}/commands"
    discord.fails("PUT", path, **trouble)
    bot = BotHere(discord, fish, tmp_path, {"max_text_length": 300})
    await bot.starts()
    assert (await discord.member("Ann").uses("/voice list")).ephemeral
    bot.time_passes(minutes=6)
    await until_answered(discord, "PUT", path, status=200, times=2)
    await bot.stops()


async def test_help_is_one_private_page_with_three_examples(discord: Discord, bot: BotHere) -> None:
    ann = discord.member("Ann")
    for place in (None, ann.dm):
        page = await ann.uses("/help", in_=place)
        assert page.ephemeral
        assert page.message is not None
        assert len(page.message.content) <= 2000
        examples = [line for line in page.text.splitlines() if line[:2] in {"1.", "2.", "3."}]
        assert [line.split("`")[1] for line in examples] == ["/voice create", "/say", "/voice share"]
        for told in ("`preview: True`", "`as: voice message`", "`sample`", "`/voice pronounce`", "`/voice update`"):
            assert told in page.text
        for entry in ("Say this in my voice", "Who said this?", "Make this my voice"):
            assert f"**{entry}**" in page.text
