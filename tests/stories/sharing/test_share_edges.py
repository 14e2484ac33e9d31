"""The limits of a share: its audience, its end, and that its owner and the person who is heard are still there."""

import pytest

from sandbox.discord import Discord, Member, Refused
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, make_voice, with_

UNKNOWN = "There is no voice called “Grandpa” for you here. `/voice list` shows the ones you can use."


async def said_to(member: Member) -> str:
    """Use “Grandpa”. Returns the refusal without the text that it gives back, empty if there is a sound."""
    reply = await member.uses("/say", voice="Grandpa", text="Hello")
    return "" if reply.files else reply.text.removesuffix("\n-# Your text:\n> Hello")


@pytest.mark.slow
async def test_a_voice_shared_with_a_role_or_a_member_is_hidden_from_others(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben, cem, dan = (discord.member(name) for name in ("Ann", "Ben", "Cem", "Dan"))
    singers = discord.add_role("Singers")
    ben.gets(singers)
    await has_voice(bot, fish, ann, "Grandpa")

    shared = await ann.uses("/voice share", voice="Grandpa", **with_(singers))
    assert shared.text == (
        f"“Grandpa” is now shared with <@&{singers.id}> in Aviary, for use with `/say`. `/voice unshare` takes it back."
    )
    await ann.uses("/voice share", voice="Grandpa", **with_(cem))
    assert [await said_to(member) for member in (ben, cem, dan)] == ["", "", UNKNOWN]
    assert await dan.completes("/say", "voice", "") == []
    lines = (await ann.uses("/voice show", voice="Grandpa")).text.splitlines()
    assert f"- shared with <@&{singers.id}> in this server" in lines
    assert f"- shared with <@{cem.id}> in this server" in lines
    assert "“Grandpa”: ready, your default, shared with some of this server\n" in (await ann.uses("/voice list")).text

    ben.loses(singers)
    some = await ann.uses("/voice unshare", voice="Grandpa", **with_(cem))
    assert some.text == f"“Grandpa” is no longer shared with <@{cem.id}>; `/voice show` says who else may use it."
    told = "Ann no longer shares “Grandpa” with you."
    assert [await said_to(member) for member in (ben, cem, dan)] == [UNKNOWN, told, UNKNOWN]
    again = await ann.uses("/voice unshare", voice="Grandpa", **with_(cem))
    assert again.text == f"“Grandpa” is not shared with <@{cem.id}>. `/voice show` says who may use it."

    everyone = await ann.uses("/voice share", voice="Grandpa", **with_(discord.server.everyone))
    assert everyone.text.startswith("“Grandpa” is now shared with Aviary: everyone there can use it")
    assert [await said_to(member) for member in (cem, dan)] == ["", ""]
    assert (await ann.uses("/voice unshare", voice="Grandpa")).text.endswith("; you can still use it.")
    assert "private: only you can use it" in (await ann.uses("/voice show", voice="Grandpa")).text


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_share_ends_when_its_time_is_over_and_those_who_had_it_are_told(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben, cem = discord.member("Ann"), discord.member("Ben"), discord.member("Cem")
    await has_voice(bot, fish, ann, "Grandpa")
    for typed in ("soon", "3 lightyears", "2026-02-30", "9" * 400):
        refused = await ann.uses("/voice share", voice="Grandpa", until=typed)
        assert refused.text.startswith("I don't understand that time. Type how long,")
    assert (await ann.uses("/voice share", voice="Grandpa", until="2001-01-01")).text.startswith(
        "A share ends at least"
    )
    assert await said_to(ben) == UNKNOWN, "what is refused changes nothing"
    offered = await ann.completes("/voice share", "until", "2", voice="Grandpa")
    assert [value for _, value in offered] == ["2 minutes", "2 hours", "2 days", "2 weeks"]

    await ann.uses("/voice share", voice="Grandpa", until="1 hour", **with_(ben))
    shared = await ann.uses("/voice share", voice="Grandpa", until="2 hours", **with_(ben))
    end = bot.clock.now() // 1000 + 2 * 60 * 60
    [said] = [second for second in range(end - 60, end + 1) if f"in Aviary until <t:{second}:f>," in shared.text]
    shown = await ann.uses("/voice show", voice="Grandpa")
    assert f"- shared with <@{ben.id}> in this server until <t:{said}:f>\n" in shown.text
    bot.time_passes(minutes=118)
    assert await said_to(ben) == "", "the second word counts"
    bot.time_passes(minutes=3)
    over = "The time for which Ann shared “Grandpa” with you is over. Ask them to share it again."
    assert [await said_to(member) for member in (ben, cem)] == [over, UNKNOWN]


@pytest.mark.slow
async def test_shares_end_when_their_owner_leaves_and_survive_an_outage(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    notice = await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    ann.leaves(discord.server)
    assert await said_to(ben) == "", "Ann was there a moment ago"

    bot.time_passes(minutes=6)
    asked = discord.fails("GET", "/guilds/*/members/*", status=503)
    assert await said_to(ben) == "", "that Discord does not tell means nothing"
    assert asked.times == 0
    gone = "Ann is not in this server any more, so “Grandpa” can't be used here."
    assert await said_to(ben) == gone
    assert "**Shared with this server by others**\nNone." in (await ben.uses("/voice list")).text
    assert (await ann.clicks(notice, "Share in Aviary")).text.startswith("You are not in that server any more,")

    ann.joins(discord.server)
    assert await said_to(ben) == gone, "it is for Ann to share it again"
    assert (await ann.uses("/voice share", voice="Grandpa")).text.startswith("“Grandpa” is now shared with Aviary:")
    assert await said_to(ben) == ""


async def test_a_share_with_somebody_who_cannot_use_it_is_refused(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, stranger = discord.member("Ann"), discord.member("Stranger", server=discord.add_server("Elsewhere"))
    foreign = discord.add_role("Foreign", server=stranger.home)
    await has_voice(bot, fish, ann, "Grandpa")
    with pytest.raises(Refused):
        await ann.uses("/voice share", voice="Grandpa", **with_(foreign))
    for audience, sentence in (
        (foreign, "That role is not one of this server. Choose another one."),
        (stranger, "Stranger is not in this server. Choose a member or a role."),
        (ann, "They can use “Grandpa” anyway: it is theirs. Choose somebody else."),
    ):
        refused = await ann.uses("/voice share", voice="Grandpa", unchecked=True, **with_(audience))
        assert (refused.text, refused.ephemeral) == (sentence, True)
    assert "private: only you can use it" in (await ann.uses("/voice show", voice="Grandpa")).text
