"""A server that removed the bot: its shares end at once, and all the rest goes after 30 days unless it comes back."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.reading_tables import where_found
from tests.stories.running import BotHere
from tests.stories.voices import make_voice, sees_no_more, stored

RULES = "SELECT longest_text FROM server WHERE left_at IS {}"


async def has_rules(bot: BotHere, discord: Discord) -> None:
    """The server has set a longest text and forbidden a word."""
    await bot.stops()
    with closing(sqlite3.connect(bot.database)) as connection, connection:
        connection.execute("INSERT INTO server (guild_id, longest_text) VALUES (?, 200)", (discord.server.id,))
        connection.execute("INSERT INTO forbidden_word (guild_id, word) VALUES (?, 'drat')", (discord.server.id,))
    await bot.starts()


async def until(bot: BotHere, member: Member, condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            bot.time_passes(minutes=1)
            await member.uses("/voice list", in_=member.dm)


async def until_gone(bot: BotHere, member: Member) -> None:
    await until(bot, member, lambda: not stored(bot.database, RULES.format("NULL")))


async def until_back(bot: BotHere, member: Member) -> None:
    await until(bot, member, lambda: stored(bot.database, RULES.format("NULL")))


async def test_rules_are_kept_for_30_days_and_shares_not_at_all(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    ann.joins(discord.add_server("Elsewhere"))
    await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await has_rules(bot, discord)

    discord.removes_bot(discord.server)
    await sees_no_more(ann, "shared with", in_=ann.dm)
    await until_gone(bot, ann)
    bot.time_passes(days=29)
    discord.invites_bot(discord.server)
    await until_back(bot, ann)
    bot.time_passes(days=29)
    await sees_no_more(ann, "shared with")
    assert stored(bot.database, RULES.format("NULL")) == [(200,)]

    discord.removes_bot(discord.server)
    await until_gone(bot, ann)
    bot.time_passes(days=31)
    await until(bot, ann, lambda: not where_found(bot.database, str(discord.server.id)))
    assert "“Grandpa”: ready" in (await ann.uses("/voice list", in_=ann.dm)).text


async def test_what_happened_while_the_bot_was_away_is_noticed_and_an_outage_is_no_removal(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_rules(bot, discord)
    discord.outage(discord.server)
    await bot.restarts()
    await ann.uses("/voice list", in_=ann.dm)
    assert stored(bot.database, RULES.format("NULL")) == [(200,)]
    discord.recovers(discord.server)

    await bot.stops()
    discord.server.bot_present = False
    await bot.starts()
    await until_gone(bot, ann)

    await bot.stops()
    discord.server.bot_present = True
    await bot.starts()
    await until_back(bot, ann)
