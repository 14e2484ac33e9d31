"""Voices are private until their owner shares them with a server, and again after they are taken back."""

import pytest

from sandbox.discord import Discord, Member, Server
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice, make_voice, sees_no_more, sentence_of

UNKNOWN = "There is no voice called “Grandpa” for you here. `/voice list` shows the ones you can use."


async def can_use_grandpa(member: Member, server: Server) -> bool:
    """Use “Grandpa” in a server. Returns False if the member is refused as if there were no such voice."""
    reply = await member.uses("/say", voice="Grandpa", text="Hello", in_=server.channels[0])
    assert reply.files or sentence_of(reply) == UNKNOWN
    return bool(reply.files)


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_shared_voice_works_until_it_is_taken_back(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await make_voice(ann, "Grandpa")
    assert not await can_use_grandpa(ben, discord.server)

    shared = await ann.uses("/voice share", voice="Grandpa")
    assert shared.text == (
        "“Grandpa” is now shared with Aviary: everyone there can use it with `/say`. `/voice unshare` takes it back."
    )
    reply = await ben.uses("/say", voice="Grandpa", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")

    taken_back = await ann.uses("/voice unshare", voice="Grandpa")
    assert taken_back.text == "“Grandpa” is no longer shared with this server; you can still use it."
    reply = await ben.uses("/say", voice="Grandpa", text="Hello again")
    assert sentence_of(reply) == "Ann no longer shares “Grandpa” with this server."
    assert reply.ephemeral
    again = await ann.uses("/voice unshare", voice="Grandpa")
    assert again.text == "“Grandpa” is not shared with this server, so nobody else can use it here."


@pytest.mark.slow
async def test_the_button_shares_where_the_voice_was_made_while_the_bot_is_there(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    notice, other = await make_voice(ann, "Grandpa"), await make_voice(ann, "Grandma")
    assert "Shared with everyone in Aviary." in (await ann.clicks(notice, "Share in Aviary")).text
    assert await can_use_grandpa(ben, discord.server)

    discord.removes_bot(discord.server)
    await sees_no_more(bot, ann, "shared with", in_=ann.dm)
    refusal = await ann.clicks(other, "Share in Aviary")
    assert refusal.text == "I am not in that server any more. Use `/voice share` in a server where you want it."

    discord.invites_bot(discord.server)
    assert not await can_use_grandpa(ben, discord.server)


async def test_a_voice_is_shared_with_one_server_only(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    elsewhere = discord.add_server("Elsewhere")
    ben.joins(elsewhere)
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    assert await can_use_grandpa(ben, discord.server)
    assert not await can_use_grandpa(ben, elsewhere)


@pytest.mark.slow
async def test_sharing_needs_a_server_and_a_voice_that_speaks(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    for command in ("/voice share", "/voice unshare"):
        reply = await ann.uses(command, voice="Grandpa", in_=ann.dm)
        assert reply.text == "A voice is shared with a server: use this command in the server that you mean."

    fish.trains = "slowly"
    await ask_for_voice(ann, "Slow")
    assert (await ann.uses("/voice share", voice="Slow")).text.startswith("“Slow” is still training;")
    fish.fails_training("Slow")
    await ann.is_told("“Slow” could not be made.")
    assert (await ann.uses("/voice share", voice="Slow")).text == (
        "“Slow” has failed. `/voice show` says why and what to do."
    )


@pytest.mark.slow
async def test_a_new_voice_under_the_name_of_a_shared_one_is_private(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await ann.clicks(await ann.uses("/voice delete", voice="Grandpa"), "Delete it for good")

    await make_voice(ann, "Grandpa")

    reply = await ben.uses("/say", voice="Grandpa", text="Hello")
    assert sentence_of(reply) == "“Grandpa” was deleted by Ann."
