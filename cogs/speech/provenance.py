"""`/verify` and the message command "Who said this?": tell whether the bot made a clip."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import Interaction, Mynah
from bot.discord.replies import answer
from bot.errors import UserError
from bot.http.attachments import Attachment
from bot.services.common.wording import quoted
from bot.services.provenance.provenance import ProvenanceService
from bot.services.provenance.verdicts import verdict_card

MENU_ENTRY = "Who said this?"
MOST_FILES = 4  # of one message


class NoFile(UserError):
    def __init__(self) -> None:
        super().__init__(f"There is no file in that message. Use **{MENU_ENTRY}** on a message with a clip.")


class Provenance(commands.Cog):
    def __init__(self, bot: Mynah, provenance: ProvenanceService) -> None:
        self._bot = bot
        self._provenance = provenance
        self._menu_entry = app_commands.ContextMenu(name=MENU_ENTRY, callback=self.who_said_this)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu_entry)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(MENU_ENTRY, type=self._menu_entry.type)

    @app_commands.command()
    @app_commands.describe(file="The clip, as it was posted or saved")
    async def verify(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Find out whether I made a clip, in whose voice, and who asked for it"""
        await answer(interaction, await self._told_about(file, interaction))

    async def who_said_this(self, interaction: Interaction, message: discord.Message) -> None:
        forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
        files = [*message.attachments, *forwarded]
        if not files:
            raise NoFile
        told = [await self._told_about(file, interaction) for file in files[:MOST_FILES]]
        if len(files) > MOST_FILES:
            told.insert(0, f"I looked at the first {MOST_FILES} of {len(files)} files; `/verify` takes any other one.")
        await answer(interaction, "\n".join(told))

    async def _told_about(self, file: discord.Attachment, interaction: Interaction) -> str:
        attachment = Attachment(filename=file.filename, size=file.size, url=file.url)
        verdict = await self._provenance.examine(attachment, interaction.user.id, interaction.guild_id)
        return f"{quoted(file.filename)}: {verdict_card(verdict)}"


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Provenance(bot, bot.services.provenance))
