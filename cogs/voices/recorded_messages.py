"""The message command **Make this my voice**: makes a voice from a member's own voice message or audio files."""

import itertools

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.client import Interaction, Mynah
from bot.errors import UserError
from bot.models.samples import MOST_CLIPS
from bot.services import Services
from cogs.common.context import member_of
from cogs.voices.drafting import show_draft

MENU_ENTRY = "Make this my voice"
_NAME = "My voice"
_FIRST_ONES = f"There are {{found}} recordings in that message; these are the first {MOST_CLIPS}."


class NotYourRecording(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"Somebody else sent that message, and a voice is made only for the person who is heard. Use "
            f"**{MENU_ENTRY}** on a voice message of your own."
        )


class NoRecordingThere(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"There is no file in that message. Use **{MENU_ENTRY}** on a voice message or a recording that you sent."
        )


class RecordedMessages(commands.Cog):
    def __init__(self, bot: Mynah, services: Services) -> None:
        self._bot = bot
        self._drafts = services.drafts
        self._voices = services.voices
        self._menu_entry = app_commands.ContextMenu(name=MENU_ENTRY, callback=self.make_voice)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu_entry)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(MENU_ENTRY, type=self._menu_entry.type)

    async def make_voice(self, interaction: Interaction, message: discord.Message) -> None:
        if message.author.id != interaction.user.id:
            raise NotYourRecording
        if not message.attachments:  # what was forwarded has none of its own: somebody else may be heard in it
            raise NoRecordingThere
        sounds = [file for file in message.attachments if (file.content_type or "").startswith("audio/")]
        name, clips = await self._free_name(interaction), sounds[:MOST_CLIPS] or message.attachments[:1]
        note = _FIRST_ONES.format(found=len(sounds)) if len(sounds) > len(clips) else None
        await show_draft(interaction, self._drafts, name=name, clips=clips, best_part=True, note=note)

    async def _free_name(self, interaction: Interaction) -> str:
        """Return a name that none of the member's voices has; `/voice rename` gives it another one."""
        controlled, _ = await self._voices.overview(member_of(interaction), interaction.guild_id)
        taken = {details.voice.name.casefold() for details in controlled}
        names = itertools.chain([_NAME], (f"{_NAME} {number}" for number in itertools.count(2)))
        return next(name for name in names if name.casefold() not in taken)


async def setup(bot: Mynah) -> None:
    await bot.add_cog(RecordedMessages(bot, bot.services))
