"""Roles and memberships: what the bot is told of them, and what ends with them."""

import pytest

from sandbox.discord import Discord, Permission, Refused
from tests.sandbox.discord.raw_client import RawClient
from tests.sandbox.discord.test_openapi import problems
from tests.sandbox.discord.trial_bot import TrialBot


async def test_a_role_made_while_the_bot_is_there_is_known_to_it_at_once(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.manager("Ann"), discord.member("Ben")
    singers = discord.add_role("Singers")
    ann.gets(singers)
    told = await ann.uses("/people call", role=singers, anybody=ben)
    assert told.text == "Singers / Member ben / @everyone, Singers / True"
    ann.loses(singers)
    told = await ben.uses("/people call", anybody=singers)
    assert told.text == "None / Role Singers / @everyone / False"
    discord.deletes_role(singers)
    with pytest.raises(Refused, match="“Singers” is not in this server"):
        await ben.uses("/people call", role=singers)
    await ben.uses("/people call")  # the gateway keeps its order: the bot has heard of the deletion before
    guild = bot.get_guild(discord.server.id)
    assert guild is not None
    assert [role.name for role in guild.roles] == ["@everyone"]


async def test_the_bot_is_told_of_channels_that_come_change_and_go(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    guild = bot.get_guild(discord.server.id)
    assert guild is not None
    garden, attic = discord.add_channel("garden"), discord.add_channel("attic")
    discord.forbids(garden, Permission.SEND_MESSAGES)
    discord.deletes_channel(attic)
    await ann.uses("/people call")
    assert [channel.name for channel in guild.text_channels] == ["general", "garden"]
    assert not guild.text_channels[1].permissions_for(guild.me).send_messages


async def test_a_role_gives_its_permissions_to_whoever_holds_it(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    ann.gets(discord.add_role("Keepers", permissions=Permission.MANAGE_GUILD))
    assert (await ann.uses("/people call")).text == "None / NoneType None / @everyone, Keepers / True"


async def test_a_role_or_channel_of_another_server_is_not_offered(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    elsewhere = discord.add_server("Elsewhere")
    with pytest.raises(Refused, match="is not in this server"):
        await ann.uses("/people call", role=discord.add_role("Strangers", server=elsewhere))
    with pytest.raises(Refused, match="is of type mentionable"):
        await ann.uses("/people call", anybody=discord.server.channels[0])


async def test_a_membership_is_read_until_it_ends(raw: RawClient) -> None:
    discord = raw.discord
    ann = discord.member("Ann")
    ann.gets(discord.add_role("Singers"))
    path = f"/guilds/{discord.server.id}/members"
    read = await raw.ask("GET", f"{path}/{ann.id}")
    assert problems("GuildMemberResponse", read.json) == []
    assert read.json["roles"] == [str(discord.server.roles[0].id)]
    bot = await raw.ask("GET", f"{path}/{discord.world.application.id}")
    assert bot.json["user"]["bot"] is True
    ann.leaves(discord.server)
    gone = await raw.ask("GET", f"{path}/{ann.id}")
    assert (gone.status, gone.code) == (404, 10007)
    nobody = await raw.ask("GET", f"{path}/1")
    assert (nobody.status, nobody.code) == (404, 10013)
    ann.joins(discord.server)
    assert (await raw.ask("GET", f"{path}/{ann.id}")).json["roles"] == []
    discord.removes_bot(discord.server)
    outside = await raw.ask("GET", f"{path}/{ann.id}")
    assert (outside.status, outside.code) == (404, 10004)


async def test_roles_stand_in_the_server_and_its_mentions(raw: RawClient) -> None:
    discord = raw.discord
    ann, singers = discord.member("Ann"), discord.add_role("Singers")
    ann.gets(singers)
    server = (await raw.ask("GET", f"/guilds/{discord.server.id}")).json
    assert problems("GuildWithCountsResponse", server) == []
    assert [role["name"] for role in server["roles"]] == ["@everyone", "Singers"]
    path = f"/channels/{discord.server.channels[0].id}/messages"
    call = {"content": f"<@&{singers.id}>, sing"}
    quiet = await raw.ask("POST", path, {**call, "allowed_mentions": {"parse": ["users"]}})
    assert quiet.json["mention_roles"] == []
    assert ann.news == []
    loud = await raw.ask("POST", path, {**call, "allowed_mentions": {"roles": [str(singers.id)]}})
    assert loud.json["mention_roles"] == [str(singers.id)]
    await ann.is_told("sing")
    discord.forbids(discord.server.channels[0], Permission.MENTION_EVERYONE)
    assert (await raw.ask("POST", path, call)).json["mention_roles"] == []


async def test_a_former_member_sees_and_does_nothing_in_the_server_but_keeps_their_dm(
    discord: Discord, bot: TrialBot
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    panel = await ann.uses("/answer hide")
    form = await ann.clicks(panel, "Form")
    spoken = await ben.uses("/people panel")
    at_home = await ann.uses("/answer hide", in_=ann.dm)
    ann.leaves(discord.server)
    assert discord.messages(discord.server.channels[0], viewer=ann) == []
    with pytest.raises(Refused, match="Ann does not see"):
        await ann.clicks(spoken, "Take away")
    for attempt in (
        lambda: ann.uses("/sing", word="chirp"),
        lambda: ann.forges(spoken, custom_id="take away"),
        lambda: ann.fills(form, word="egg"),
    ):
        with pytest.raises(Refused, match="Ann is not in “Aviary”"):
            await attempt()
    assert (await ann.clicks(at_home, "Answer")).text == "Only for you"
