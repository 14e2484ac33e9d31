"""A server that has only the commands: Discord does not even say what it is called, and the bot cannot write there."""

import re

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.hosting.interactions.acts import every_act
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, wav
from tests.stories.stored import stored

NOT_HERE = "Only my commands are in this server, and I am not."

# Where the name of a server was left out of a sentence or of a label.
NAMELESS = re.compile(r"\b(with|in)( ?:| \.| $|  | until)|“”", re.MULTILINE)

REFUSED = {"/voice share", "/server settings", "/server voices", "/server block", "Limits and words"}


@pytest.mark.slow
@pytest.mark.settings(max_voices_per_member=0)
async def test_nothing_that_is_said_there_lacks_the_server_s_name(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    acts = await every_act(bot, discord, fish)
    await bot.rests()
    discord.removes_bot(discord.server, keeps_commands=True)
    refused: set[str] = set()
    for act in acts:
        reply = await (await act.do()).reply()
        if reply.modal is None:
            said = "\n".join([reply.text, *reply.buttons])
            assert said, act.name
            assert NAMELESS.search(said) is None, f"{act.name}: {said}"
            assert "failed on our side" not in said, act.name
            if NOT_HERE in said:
                refused.add(act.name)
    assert refused >= REFUSED


@pytest.mark.slow
async def test_people_speak_there_and_are_told_how_to_add_the_bot(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann, mia = discord.member("Ann"), discord.manager("Mia")
    await has_voice(bot, fish, ann, "Grandpa")
    discord.removes_bot(discord.server, keeps_commands=True)

    said = await ann.uses("/say", text="Hello")
    assert fish.made(said.audio, text="Hello", voice="Grandpa")
    await ann.clicks(said, "Delete")
    assert said.message is not None
    assert said.message.deleted

    for refused in (
        await ann.uses("/voice share", voice="Grandpa"),
        await mia.uses("/server settings"),
        await mia.uses("/server block", member=ann),
    ):
        assert refused.text.startswith(NOT_HERE)
        assert "oauth2/authorize" in refused.text
    assert not stored(bot.place, "SELECT 1 FROM share")
    report = await ann.uses("/voice create", name="Grandma", sample=wav())
    assert "`/voice list` shows how it goes." in report.text
    assert "Share" not in str((await ann.uses("/voice show", voice="Grandpa")).buttons)


async def test_a_panel_of_earlier_times_changes_nothing_there(bot: BotHere, discord: Discord) -> None:
    mia: Member = discord.manager("Mia")
    panel = await mia.uses("/server settings")
    discord.removes_bot(discord.server, keeps_commands=True)
    assert NOT_HERE in (await mia.clicks(panel, "Forbid sharing")).text
    assert not stored(bot.place, "SELECT 1 FROM server WHERE sharing_allowed = 0")


@pytest.mark.slow
async def test_a_server_that_is_not_available_has_no_button_without_its_name(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    elsewhere = discord.add_server("Elsewhere")
    ann.joins(elsewhere)
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa", in_=elsewhere.channels[0])
    await bot.stops()
    discord.outage(elsewhere)
    await bot.starts()
    assert "everyone in another server" in (await ann.uses("/voice show", voice="Grandpa")).text
