"""If a server removes the bot, its shares end at once, and its data is deleted after 30 days unless the bot returns."""

import asyncio
from collections.abc import Callable

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.databases.reading_tables import columns_containing
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, sees_in_list, sees_no_more, until_answered
from tests.stories.stored import stored

BLOCKED = "This server's managers have blocked you"


async def until(bot: BotHere, member: Member, condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            bot.time_passes(minutes=1)
            await member.uses("/voice list", in_=member.dm)


async def until_noted(bot: BotHere, member: Member, *, left: int) -> None:
    """Wait until the bot knows that so many servers have removed it."""
    query = "SELECT guild_id FROM server WHERE left_at IS NOT NULL"
    await until(bot, member, lambda: len(stored(bot.place, query)) == left)


async def loses_session(discord: Discord) -> None:
    await discord.drops_gateway(resumable=False)
    await discord.until_ready()


@pytest.mark.slow
@pytest.mark.both_engines
async def test_shares_end_at_once_and_rules_after_30_days_unless_the_bot_comes_back(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia, ann, ben = discord.manager("Mia"), discord.member("Ann"), discord.member("Ben")
    elsewhere = discord.add_server("Elsewhere")
    ann.joins(elsewhere)
    await has_voice(bot, fish, ann, "Grandpa")
    for server in (discord.server, elsewhere):
        await ann.uses("/voice share", voice="Grandpa", in_=server.channels[0])
    await mia.uses("/server block", member=ben)
    await ann.uses("/voice default", voice="Grandpa", here=True)
    await mia.fills(await mia.uses("/server pronunciations"), words="nginx = engine x")

    discord.outage(elsewhere)
    discord.removes_bot(discord.server)
    await sees_no_more(bot, ann, "shared with 2 servers", in_=ann.dm)
    discord.recovers(elsewhere)
    bot.time_passes(days=29)
    discord.server.bot_present = True
    discord.recovers(discord.server)  # as if Discord sent the field for outages with an invitation
    await until_noted(bot, ann, left=0)
    bot.time_passes(days=29)
    await sees_in_list(bot, ann, "shared with one server\n")
    assert (await ben.uses("/say", voice="Grandpa", text="Hello")).text.startswith(BLOCKED)

    discord.removes_bot(discord.server)
    await until_noted(bot, ann, left=1)
    bot.time_passes(days=31)
    await until(bot, ann, lambda: not columns_containing(bot.place, str(discord.server.id)))
    discord.invites_bot(discord.server)
    assert (await ben.uses("/say", voice="Grandpa", text="Hello")).text.startswith("There is no voice called")


@pytest.mark.slow
@pytest.mark.usefixtures("connects_again_at_once")
async def test_what_happened_while_the_bot_was_away_is_noticed(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    mia, ann, ben = discord.manager("Mia"), discord.member("Ann"), discord.member("Ben")
    elsewhere = discord.add_server("Elsewhere")
    ann.joins(elsewhere)
    await has_voice(bot, fish, ann, "Grandpa")
    for server in (discord.server, elsewhere):
        await ann.uses("/voice share", voice="Grandpa", in_=server.channels[0])
    await mia.uses("/server block", member=ben)

    await bot.stops()
    discord.server.bot_present = False
    discord.outage(elsewhere)
    path = f"/guilds/{discord.server.id}"
    discord.fails("GET", path, status=400)
    await bot.starts()
    await until_answered(discord, "GET", path, status=400)
    await bot.rests()
    await until_noted(bot, ann, left=0)  # what a list lacks proves nothing
    await loses_session(discord)
    await until_noted(bot, ann, left=1)

    await bot.stops()
    discord.server.bot_present = True
    discord.recovers(elsewhere)
    bot.time_passes(days=31)  # it was invited again in time, and nobody was there to notice
    await bot.starts()
    await until_noted(bot, ann, left=0)
    await sees_in_list(bot, ann, "shared with one server\n")
    assert (await ben.uses("/say", voice="Grandpa", text="Hello")).text.startswith(BLOCKED)

    elsewhere.bot_present = False
    await loses_session(discord)
    await until_noted(bot, ann, left=1)
    await sees_no_more(bot, ann, "shared with", in_=ann.dm)


@pytest.mark.usefixtures("connects_again_at_once")
async def test_what_happened_while_the_bot_had_no_session_is_noticed_if_the_one_before_was_lost_at_once(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await bot.restarts()
    discord.server.bot_present = False
    await loses_session(discord)
    await until_noted(bot, ann, left=1)
