"""Menus and forms: what the bot may send, what people may pick, and what comes back."""

from typing import Any

import pytest

from sandbox.discord import Discord, Refused, Upload
from tests.sandbox.discord.raw_client import RawClient
from tests.sandbox.discord.trial_bot import TrialBot

ROLES: dict[str, Any] = {"type": 6, "custom_id": "roles"}
SEEDS: dict[str, Any] = {"type": 3, "custom_id": "seeds", "options": [{"label": "Hemp", "value": "hemp"}]}
TICKS: dict[str, Any] = {**SEEDS, "type": 22}
WORD: dict[str, Any] = {"type": 4, "custom_id": "word", "style": 1}
MENU = ("data", "components", "0", "components", "0")
INPUT = ("data", "components", "0", "component")


def defaults(*kinds: str) -> list[dict[str, str]]:
    return [{"type": kind, "id": "1"} for kind in kinds]


async def test_a_bad_menu_is_refused_by_its_field(raw: RawClient) -> None:
    ann = raw.discord.member("Ann")
    wrong: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({**ROLES, "default_values": defaults("user")}, ("default_values", "0", "type")),
        ({**ROLES, "default_values": [{"type": "role", "id": "Singers"}]}, ("default_values", "0", "id")),
        ({**ROLES, "default_values": defaults("role", "role")}, ()),
        ({**ROLES, "min_values": 3, "max_values": 2}, ("max_values",)),
        ({**ROLES, "max_values": 26}, ("max_values",)),
        ({**SEEDS, "max_values": 2}, ("options",)),
        ({**SEEDS, "options": [*SEEDS["options"], *SEEDS["options"]]}, ("options", "0")),
        ({**SEEDS, "options": [{"label": "Hemp", "value": "hemp", "description": "a" * 101}]}, ("options", "0")),
    ]
    for menu, field in wrong:
        row = {"type": 1, "components": [menu]}
        interaction = await raw.interaction(ann)
        refused = await raw.respond(interaction, 4, {"components": [row]})
        assert (refused.status, refused.code) == (400, 50035), menu
        place: Any = refused.json["errors"]
        for key in (*MENU[1:], *field):
            place = place[key]


async def test_a_bad_form_is_refused_by_its_field(raw: RawClient) -> None:
    ann = raw.discord.member("Ann")
    wrong: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({**ROLES, "disabled": True}, ()),
        ({**ROLES, "min_values": 0}, ("min_values",)),
        ({**ROLES, "default_values": defaults("channel")}, ("default_values", "0", "type")),
        ({"type": 19, "custom_id": "eggs", "max_values": 11}, ("max_values",)),
        ({**TICKS, "options": []}, ("options",)),
        ({**TICKS, "type": 21}, ("options",)),
        ({**WORD, "style": 3}, ("style",)),
        ({**WORD, "max_length": 4001}, ("max_length",)),
        ({**WORD, "max_length": 3, "value": "chirp"}, ("value",)),
        ({"type": 2, "custom_id": "press", "label": "Press", "style": 1}, ("type",)),
    ]
    for component, field in wrong:
        label = {"type": 18, "label": "Label", "component": component}
        modal = {"title": "Form", "custom_id": "form", "components": [label]}
        refused = await raw.respond(await raw.interaction(ann), 9, modal)
        assert (refused.status, refused.code) == (400, 50035), component
        assert refused.problem(*INPUT, *field)


async def test_menus_offer_the_roles_channels_and_people_of_the_place(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    singers, dancers = discord.add_role("Singers"), discord.add_role("Dancers")
    aviary = discord.add_channel("aviary")
    panel = await ann.uses("/people panel", role=singers)
    assert ben.sees_chosen(panel, "Who?") == ["Singers"]
    assert panel.message is not None
    [default] = panel.message.components[0]["components"][0]["default_values"]
    assert default == {"type": "role", "id": str(singers.id)}
    chosen = await ben.chooses(panel, singers, dancers, menu="Who?")
    assert chosen.text == "Roles: Singers, Dancers"
    assert (await ben.chooses(panel, menu="roles")).text == "Roles: "
    assert (await ben.chooses(panel, aviary, menu="Where?")).text == "Channel: aviary"
    assert (await ben.chooses(panel, ann, singers, menu="Anybody?")).text == "Anybody: ann, Singers"
    stranger = discord.member("Eve", server=discord.add_server("Elsewhere"))
    with pytest.raises(Refused, match=r"“Who\?”, “Where\?”, “Anybody\?”"):
        await ben.chooses(panel, singers)
    for pick in (discord.server.everyone, ben, "somebody"):
        with pytest.raises(Refused, match="not among the choices"):
            await ben.chooses(panel, pick, menu="Who?")
    with pytest.raises(Refused, match="not among the choices"):
        await ben.chooses(panel, stranger, menu="Anybody?")


async def test_a_button_under_a_public_message_is_everybodys_and_can_delete_it(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    panel = await ann.uses("/people panel")
    await ben.clicks(panel, "Take away")
    assert discord.messages(discord.server.channels[0], viewer=ann) == []
    with pytest.raises(Refused, match="Ann does not see that message"):
        await ann.clicks(panel, "Take away")


async def test_a_form_sends_what_was_changed_and_what_stood_there(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    singers, dancers = discord.add_role("Singers"), discord.add_role("Dancers")
    form = await ann.uses("/people count", role=singers)
    assert (await ann.fills(form)).text == "Singers / Flax / chirp"
    form = await ann.uses("/people count", role=singers)
    eggs = [Upload("egg.wav", b"egg"), Upload("other.wav", b"other")]
    abilities = ["Sings", "Flies"]
    filled = await ann.fills(form, roles=[dancers], seeds=["Hemp"], eggs=eggs, abilities=abilities, word="cheep")
    assert filled.text == "Dancers / Hemp / egg.wav 3 / other.wav 5 / Sings / Flies / cheep"


async def test_a_form_holds_people_to_its_limits_unless_they_are_hostile(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    singers, dancers = discord.add_role("Singers"), discord.add_role("Dancers")
    form = await ann.uses("/people count", role=singers)
    attempts: list[tuple[dict[str, Any], str]] = [
        ({"word": "a" * 7}, "“word” takes 1 to 6 characters"),
        ({"word": ""}, "“word” takes 1 to 6 characters"),
        ({"roles": []}, "Between 1 and 1"),
        ({"roles": [singers, dancers]}, "Between 1 and 1"),
        ({"seeds": ["Worms"]}, "not among the choices"),
        ({"eggs": [Upload("egg.wav", b"")] * 3}, "files can be attached"),
        ({"eggs": [Upload("egg.wav", bytes(10 * 1024 * 1024 + 1))]}, "nitro=True"),
        ({"address": "here"}, "The form has no address"),
    ]
    for values, sentence in attempts:
        with pytest.raises(Refused, match=sentence):
            await ann.fills(form, **values)
    sent = ann.submits(form, {"word": "a" * 7, "seeds": ["Worms"]}, unchecked=True)
    assert (await sent.reply()).text == "Singers / Worms / aaaaaaa"
