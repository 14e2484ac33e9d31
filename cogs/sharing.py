"""`/voice share` and `/voice unshare`: who in a server may use a voice."""

from typing import Any

from discord import app_commands
from discord.ext import commands

from bot.discord.client import Interaction, Mynah
from bot.discord.replies import answer
from bot.models.sharing import WHOLE_SERVER
from bot.services.common.wording import audience_words, quoted
from bot.services.sharing.sharing import SharingService
from cogs.common.autocomplete import controlled_voices, deadlines
from cogs.common.context import Mentionable, audience_meant, audience_of, check_bot_is_here, member_of
from cogs.voices.clicks import shared_sentence


class Sharing(commands.Cog):
    """Adds its commands to the group `/voice` of `cogs.voices.voices`."""

    def __init__(self, bot: Mynah, sharing: SharingService) -> None:
        self._bot = bot
        self._sharing = sharing
        self._commands: list[app_commands.Command[Any, ..., Any]] = [
            app_commands.Command(
                name="share", description="Let others in this server use one of your voices", callback=self.share
            ),
            app_commands.Command(name="unshare", description="Take one of your voices back", callback=self.unshare),
        ]

    async def cog_load(self) -> None:
        group = self._bot.tree.get_command("voice")
        if not isinstance(group, app_commands.Group):
            raise TypeError("cogs.sharing needs the group of cogs.voices.voices")
        for command in self._commands:
            group.add_command(command)

    @app_commands.rename(audience="with")
    @app_commands.describe(
        voice="The voice that others here may use",
        audience="A role or a member; everybody in this server if you name none",
        until="For how long, such as 2 hours, or until when in UTC, such as 2026-12-24; for ever if you leave it out",
    )
    @app_commands.autocomplete(voice=controlled_voices, until=deadlines)
    async def share(
        self, interaction: Interaction, voice: str, audience: Mentionable | None = None, until: str | None = None
    ) -> None:
        check_bot_is_here(interaction)
        share = await self._sharing.share(
            voice,
            member_of(interaction),
            interaction.guild_id,
            audience=WHOLE_SERVER if audience is None else audience_of(interaction, audience),
            until=until,
        )
        await answer(interaction, f"{shared_sentence(share, interaction.guild)} `/voice unshare` takes it back.")

    @app_commands.rename(audience="with")
    @app_commands.describe(
        voice="The voice to take back",
        audience="The role or member to take it back from; everybody here if you name none",
    )
    @app_commands.autocomplete(voice=controlled_voices)
    async def unshare(self, interaction: Interaction, voice: str, audience: Mentionable | None = None) -> None:
        # Also from a member who has left: every share that exists can be ended.
        meant = None if audience is None else audience_meant(interaction, audience)
        taken_back, left = await self._sharing.unshare(voice, member_of(interaction), interaction.guild_id, meant)
        whom = "this server" if meant is None else audience_words(meant, whole_server="this whole server")
        rest = "`/voice show` says who else may use it" if left else "you can still use it"
        await answer(interaction, f"{quoted(taken_back.name)} is no longer shared with {whom}; {rest}.")


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Sharing(bot, bot.services.sharing))
