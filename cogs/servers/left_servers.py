"""Notes when the bot is removed from a server, and when it is invited again."""

from collections import Counter

import discord
from discord.ext import commands

from bot.client import Mynah
from bot.discord_codes import Meaning, meaning_of
from bot.first_response import LINE_TROUBLES
from bot.services.servers.left_servers import LeftServers


class ServerWatch(commands.Cog):
    def __init__(self, bot: Mynah, left_servers: LeftServers) -> None:
        self._bot = bot
        self._left_servers = left_servers
        self._sessions = Counter[int]()  # so far, of each shard

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note a removal; discord.py does not call this for an outage."""
        await self._left_servers.left(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._left_servers.came_back(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Note a server that is back. discord.py may call this, and not `on_guild_join`, for a new invitation."""
        await self._left_servers.came_back(guild.id)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Compare with the full list of servers that Discord sends at the start of a session."""
        self._sessions[shard_id] += 1

        async def is_there(guild_id: int) -> bool | None:
            if (guild_id >> 22) % (self._bot.shard_count or 1) != shard_id:
                return None
            if self._bot.get_guild(guild_id) is None:
                return False
            # At a later session discord.py still knows the servers of the earlier one.
            return True if self._sessions[shard_id] == 1 else await self._is_known_to_discord(guild_id)

        await self._left_servers.catch_up(is_there)

    async def _is_known_to_discord(self, guild_id: int) -> bool | None:
        try:
            await self._bot.fetch_guild(guild_id, with_counts=False)
        except discord.HTTPException as error:
            return False if meaning_of(error) in {Meaning.GONE, Meaning.FORBIDDEN} else None
        except LINE_TROUBLES:
            return None
        return True


async def setup(bot: Mynah) -> None:
    await bot.add_cog(ServerWatch(bot, bot.services.left_servers))
