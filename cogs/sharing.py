"""`/voice share` and `/voice unshare`: which server may use a voice."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Interaction, Mynah
from bot.replies import answer, think
from bot.services.sharing import SharingService
from bot.services.wording import quoted
from cogs.buttons import shared_sentence
from cogs.callers import member_of
from cogs.choices import own_voices


class Sharing(commands.Cog):
    """Adds its commands to the group `/voice`, which `cogs.voices` brings."""

    def __init__(self, bot: Mynah, sharing: SharingService) -> None:
        self._bot = bot
        self._sharing = sharing
        self._commands: list[app_commands.Command[Any, ..., Any]] = [
            app_commands.Command(
                name="share", description="Let this server use one of your voices", callback=self.share
            ),
            app_commands.Command(name="unshare", description="Take one of your voices back", callback=self.unshare),
        ]

    async def cog_load(self) -> None:
        group = self._bot.tree.get_command("voice")
        if not isinstance(group, app_commands.Group):
            raise TypeError("cogs.sharing needs the group of cogs.voices")
        for command in self._commands:
            group.add_command(command)

    @app_commands.describe(voice="The voice that everybody in this server may use")
    @app_commands.autocomplete(voice=own_voices)
    async def share(self, interaction: Interaction, voice: str) -> None:
        await think(interaction, privately=True)
        shared = await self._sharing.share(voice, member_of(interaction), interaction.guild_id)
        await answer(interaction, f"{shared_sentence(shared, interaction.guild)} `/voice unshare` takes it back.")

    @app_commands.describe(voice="The voice that only you may use here from now on")
    @app_commands.autocomplete(voice=own_voices)
    async def unshare(self, interaction: Interaction, voice: str) -> None:
        await think(interaction, privately=True)
        taken_back = await self._sharing.unshare(voice, member_of(interaction), interaction.guild_id)
        await answer(
            interaction,
            f"{quoted(taken_back.name)} is no longer shared with this server; you can still use it.",
        )

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed; discord.py does not call this for an outage."""
        await self._sharing.server_left(guild.id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Catch up with the servers that removed the bot while it was away; Discord lists those with an outage too."""
        for guild_id in await self._sharing.servers():
            if self._is_ours(guild_id) and self._bot.get_guild(guild_id) is None:
                await self._sharing.server_left(guild_id)

    def _is_ours(self, guild_id: int) -> bool:
        """Whether this process hears of that server, and not another one with other shards."""
        return (guild_id >> 22) % (self._bot.shard_count or 1) in self._bot.shards


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Sharing(bot, bot.services.sharing))
