"""A form with something wrong in it is not lost: it opens again, as it was filled in."""

from typing import Any

import pytest

from cogs.common.forms import MOST_EACH
from sandbox.discord import Discord, Member, Reply
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice
from tests.stories.stored import stored

FORGOTTEN = "I don't have what you typed any more. Please open the form again and type it anew."


def filled(form: Reply) -> dict[str, Any]:
    """Return what the fields of a form are filled with."""
    assert form.modal is not None
    fields = [label["component"] for label in form.modal["components"]]
    return {field["custom_id"]: field.get("value", "") for field in fields}


@pytest.mark.slow
async def test_a_wrong_number_costs_nothing_else_that_was_typed(discord: Discord, bot: BotHere) -> None:
    mia, eve = discord.manager("Mia"), discord.manager("Eve")
    form = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
    typed = {"longest_text": "abc", "member_characters": "1,500", "forbidden_words": "fiddle\nfaddle"}
    for wrong in ("abc", "0", "99999999999"):
        refused = await mia.fills(form, **{**typed, "longest_text": wrong})
        assert (refused.buttons, refused.ephemeral) == (("Correct",), True)
        form = await mia.clicks(refused, "Correct")
        assert filled(form) == {**typed, "longest_text": wrong, "server_characters": ""}
    panel = await mia.fills(form, **{**typed, "longest_text": "321"})
    assert "up to 321 characters" in panel.text
    assert [*stored(bot.place, "SELECT longest_text, member_characters FROM server")] == [(321, 1500)]

    stranger = await eve.forges(refused, custom_id=f"mynah-correct:{'0' * 16}")
    assert stranger.text == FORGOTTEN
    refused = await mia.fills(form, longest_text="abc")
    await bot.restarts()
    assert (await mia.clicks(refused, "Correct")).text == FORGOTTEN


@pytest.mark.slow
async def test_whoever_has_many_forms_refused_pushes_out_their_own(discord: Discord, bot: BotHere) -> None:
    async def is_refused(manager: Member) -> Reply:
        form = await manager.clicks(await manager.uses("/server settings"), "Limits and words")
        return await manager.fills(form, longest_text="abc")

    mia, eve = discord.manager("Mia"), discord.manager("Eve")
    of_mia, *of_eve = [await is_refused(manager) for manager in (mia, *[eve] * (MOST_EACH + 1))]
    assert (await eve.clicks(of_eve[0], "Correct")).text == FORGOTTEN
    for manager, refused in ((mia, of_mia), (eve, of_eve[1]), (eve, of_eve[-1])):
        assert filled(await manager.clicks(refused, "Correct"))["longest_text"] == "abc"


@pytest.mark.slow
async def test_a_new_name_that_is_taken_can_be_corrected(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    for name in ("Grandpa", "Grandma"):
        await has_voice(bot, fish, ann, name)
    form = await ann.clicks(await ann.uses("/voice show", voice="Grandpa"), "Rename")
    refused = await ann.fills(form, name="Grandma")
    assert refused.buttons == ("Correct",)
    form = await ann.clicks(refused, "Correct")
    assert filled(form) == {"name": "Grandma"}
    again = await ann.fills(form, name="Grandma")
    await ann.fills(await ann.clicks(again, "Correct"), name="Granny")
    assert stored(bot.place, "SELECT name FROM voice ORDER BY name") == [("Grandma",), ("Granny",)]

    await ann.clicks(await ann.uses("/privacy erase"), "Delete everything")
    assert (await ann.clicks(refused, "Correct")).text == FORGOTTEN
