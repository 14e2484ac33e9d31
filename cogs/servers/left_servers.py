"""Notes when the bot is removed from a server and when it is invited again, and greets new servers."""

from collections import Counter
from datetime import timedelta

import discord
import structlog
from discord.ext import commands

from bot.discord.client import Mynah
from bot.discord.codes import Meaning, meaning_of
from bot.discord.first_response import LINE_TROUBLES
from bot.discord.replies import LONGEST_MESSAGE
from bot.services.common.wording import mentioning_commands
from bot.services.servers.left_servers import LeftServers

log = structlog.get_logger(__name__)

NEW = timedelta(hours=1)  # since the bot was added; by the clocks of Discord and of this machine
GREETING = (
    "Hello! With me, everybody here can speak in their own voice: `/voice create` makes one from a recording, and "
    "`/say` speaks in it. Those who manage this server decide with `/server settings` who may use me, where and how "
    "much. `/help` shows how to begin."
)


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
        await self._greet(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Note a server that is back. discord.py may call this, and not `on_guild_join`, for a new invitation."""
        await self._left_servers.came_back(guild.id)
        joined_at = guild.me.joined_at
        if joined_at is not None and discord.utils.utcnow() - joined_at < NEW:
            await self._greet(guild)

    async def _greet(self, guild: discord.Guild) -> None:
        """Post the greeting in a new server, once, if there is a channel for it."""
        channel = _where_to_write(guild)
        if channel is None or self._bot.services.allowed_servers.others([guild.id]):
            return
        if not await self._left_servers.is_new(guild.id):
            return
        text = mentioning_commands(GREETING, self._bot.command_mentions, most=LONGEST_MESSAGE)
        try:
            await channel.send(text, nonce=f"hello{guild.id}", suppress_embeds=True)
        except (discord.HTTPException, *LINE_TROUBLES) as error:
            log.info("server not greeted", guild_id=guild.id, error=type(error).__name__)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """Count a session, also one that is lost before discord.py calls `on_shard_ready`."""
        self._sessions[shard_id] += 1

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Compare with the full list of servers that Discord sends at the start of a session."""

        async def is_there(guild_id: int) -> bool | None:
            if (guild_id >> 22) % (self._bot.shard_count or 1) != shard_id:
                return None
            # A list may lack a server, and at a later session discord.py still knows those of the earlier one.
            if self._bot.get_guild(guild_id) is not None and self._sessions[shard_id] == 1:
                return True
            return await self._is_known_to_discord(guild_id)

        await self._left_servers.catch_up(is_there)

    async def _is_known_to_discord(self, guild_id: int) -> bool | None:
        try:
            await self._bot.fetch_guild(guild_id, with_counts=False)
        except discord.HTTPException as error:
            return False if meaning_of(error) in {Meaning.GONE, Meaning.FORBIDDEN} else None
        except LINE_TROUBLES:
            return None
        return True


def _where_to_write(guild: discord.Guild) -> discord.TextChannel | None:
    """Return the channel for a server's system messages, else its first one, in which the bot may write."""
    channels = [*([guild.system_channel] if guild.system_channel else []), *guild.text_channels]
    for channel in channels:
        permissions = channel.permissions_for(guild.me)
        if permissions.view_channel and permissions.send_messages:
            return channel
    return None


async def setup(bot: Mynah) -> None:
    await bot.add_cog(ServerWatch(bot, bot.services.left_servers))
