"""Forged or broken buttons, menus and forms get one sentence each, and do nothing."""

from dataclasses import replace

import pytest

from sandbox.discord import Discord, Member, Permission
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice
from tests.stories.stored import stored

UNKNOWN = "This button does nothing any more. `/voice list` shows what you have."
UNKNOWN_SETTING = "That does nothing any more. `/server settings` shows what can be decided."
SOME_ID = "0123456789abcdef"


@pytest.fixture
async def mia(discord: Discord, bot: BotHere, fish: FishAudio) -> Member:
    """A manager of the server who has a voice."""
    mia = discord.member("Mia", permissions=Permission.ordinary() | Permission.MANAGE_GUILD)
    await has_voice(bot, fish, mia, "Grandma")
    return mia


@pytest.mark.parametrize(
    "custom_id",
    [
        "mynah",
        "mynah:",
        "mynah:delete",
        "mynah:delete:",
        f"mynah:conquer:{SOME_ID}",
        f"mynah:delete:{SOME_ID}\n",
        f"mynah:delete:{SOME_ID.upper()}",
        f"mynah:delete:{SOME_ID}:{SOME_ID}:{SOME_ID}",
        f"mynahs:delete:{SOME_ID}",
        "mynah-unsay:",
        f"mynah-unsay:{SOME_ID}",
        "mynah-uses:delete",
        "mynah-take:",
        f"mynah-take:post:{SOME_ID}:1:0:",
        f"mynah-take:conquer:{SOME_ID}:1:0:",
        f"mynah-again:{SOME_ID}:1:0:",
        "mynah-preview:" + "1" * 16 + ":",
        "mynah-erase:",
        "mynah-erase:me",
        "mynah-erase:٣",
        "mynah-erase:" + "1" * 80,
        "mynah-server:conquer",
        "mynah-server:",
        "another bot's",
        "x" * 100,
    ],
)
async def test_a_forged_button_gets_one_sentence(custom_id: str, discord: Discord, bot: BotHere, mia: Member) -> None:
    card = await mia.uses("/voice show", voice="Grandma")
    before = len(discord.requests)
    reply = await mia.forges(card, custom_id=custom_id)
    sentence = UNKNOWN_SETTING if custom_id.startswith("mynah-server:") else UNKNOWN
    assert (reply.text, reply.ephemeral) == (sentence, True)
    await mia.uses("/voice list")  # by then a second answer would have come
    answers = [each for each in discord.requests[before:] if str(reply.interaction.token) in each.path]
    assert [each.method for each in answers if "/callback" in each.path] == ["POST"]
    assert stored(bot.place, "SELECT state FROM voice") == [("trained",)]


async def test_a_form_that_nobody_made_gets_one_sentence(bot: BotHere, mia: Member) -> None:
    form = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
    assert form.modal is not None
    forged = replace(form, modal={**form.modal, "custom_id": f"mynah-form:{SOME_ID}"})
    reply = await mia.fills(forged, longest_text="5")
    assert (reply.text, reply.ephemeral) == (UNKNOWN, True)
    assert not stored(bot.place, "SELECT guild_id FROM server WHERE longest_text IS NOT NULL")
