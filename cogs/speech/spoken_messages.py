"""The message command **Say this in my voice**: speaks the text of a message, and names its author in the credit."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.admission import slow_command
from bot.discord.client import Interaction, Mynah
from bot.errors import UserError
from bot.services.common.wording import message_link
from bot.services.speech.scripts import SourceMessage, SpeechRequest
from bot.services.text.spoken_mentions import Mentions
from cogs.common.context import member_of, place_of
from cogs.speech.speech import speak

MENU_ENTRY = "Say this in my voice"


class NoText(UserError):
    """The message has no text that could be spoken; the sentence says what it is instead."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Use **{MENU_ENTRY}** on a message with some words.")


class MyOwnMessage(UserError):
    def __init__(self) -> None:
        super().__init__("That message is one of mine. `/say` speaks what you type.")


class SpokenMessages(commands.Cog):
    def __init__(self, bot: Mynah) -> None:
        self._bot = bot
        extras = slow_command(lambda _: "publicly")
        self._menu_entry = app_commands.ContextMenu(name=MENU_ENTRY, callback=self.say_message, extras=extras)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu_entry)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(MENU_ENTRY, type=self._menu_entry.type)

    async def say_message(self, interaction: Interaction, message: discord.Message) -> None:
        if message.author.id == interaction.application_id:
            raise MyOwnMessage
        if not message.content:
            raise NoText(_instead_of_text(message))
        request = SpeechRequest(
            asker=member_of(interaction),
            place=place_of(interaction),
            text=message.content,
            mentions=_mentions(message),
            asked_at=interaction.created_at,
            voice=None,
            source=SourceMessage(
                author_name=message.author.display_name,
                link=message_link(interaction.guild_id, message.channel.id, message.id),
            ),
        )
        await speak(interaction, request)


def _instead_of_text(message: discord.Message) -> str:
    """Say what a message is that has no text of its own."""
    if message.message_snapshots or message.flags.forwarded:
        return "That message is forwarded, so I can't name whose words it holds."
    if message.flags.voice:
        return "That is a voice message, which holds no text."
    if message.poll is not None:
        return "That message is a poll, which holds no text."
    if message.is_system():
        return "Discord wrote that message, so it holds nobody's text."
    if message.stickers:
        return "That message is a sticker, which holds no text."
    if message.attachments:
        return f"That message is only {'a file' if len(message.attachments) == 1 else 'files'}, without any text."
    if message.embeds or message.components:
        return "That message is only a card, whose text I don't speak."
    return "There is no text in that message."


def _mentions(message: discord.Message) -> Mentions:
    return Mentions(
        users={user.id: user.display_name for user in message.mentions},
        roles={role.id: role.name for role in message.role_mentions},
        channels={channel.id: channel.name for channel in message.channel_mentions},
    )


async def setup(bot: Mynah) -> None:
    await bot.add_cog(SpokenMessages(bot))
