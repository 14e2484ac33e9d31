"""Notices when the bot is removed from a server, and when it is invited again."""

import discord
from discord.ext import commands

from bot.client import Mynah
from bot.services.departed_servers import DepartedServers


class ServerWatch(commands.Cog):
    def __init__(self, bot: Mynah, departed: DepartedServers) -> None:
        self._bot = bot
        self._departed = departed

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed; discord.py does not call this for an outage."""
        await self._departed.left(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._departed.came_back(guild.id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Discord lists every server of the bot at a start, those with an outage too."""
        await self._departed.catch_up(self._is_there)

    def _is_there(self, guild_id: int) -> bool | None:
        is_heard_here = (guild_id >> 22) % (self._bot.shard_count or 1) in self._bot.shards
        return self._bot.get_guild(guild_id) is not None if is_heard_here else None


async def setup(bot: Mynah) -> None:
    await bot.add_cog(ServerWatch(bot, bot.services.departed_servers))
