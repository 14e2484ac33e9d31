"""What was spoken in a voice: its list under `/voice show`, and the ways to delete it. All of them work for ever."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Self

import discord
from discord.ext import commands

from bot.client import Interaction, Mynah
from bot.clock import SECOND
from bot.errors import UserError
from bot.models import Utterance
from bot.replies import LINE_TROUBLES, acknowledge, answer, explain_to, think
from bot.services.common.wording import distance, message_link, plain
from cogs.common.context import member_of
from cogs.common.persistent import Persistent, UnknownButton, stands_under

LONGEST_NAME_SHOWN = 40  # characters; a menu's line has 100

# The id is not checked here, so that a forged one is answered as well.
_DELETE_ID = r"mynah-unsay:(?P<utterance_id>.{1,80})"
_MENU_ID = "mynah-uses:delete"
_OURS = ("mynah-unsay:", "mynah-uses:")


class NotDeleted(UserError):
    """Discord has not deleted the message."""


class DeleteButton(Persistent, discord.ui.DynamicItem[discord.ui.Button[Any]], template=_DELETE_ID):
    """Stands under a spoken message and deletes it."""

    def __init__(self, utterance_id: str) -> None:
        style = discord.ButtonStyle.secondary
        custom_id = f"mynah-unsay:{utterance_id}"
        super().__init__(discord.ui.Button(label="Delete", style=style, custom_id=custom_id))
        self._utterance_id = utterance_id

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:
        return cls(match["utterance_id"])

    async def operate(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        utterances, member = interaction.client.services.utterances, member_of(interaction)
        utterance = await utterances.to_delete(self._utterance_id, member, interaction.guild_id)
        # By way of the click, which works in channels that the bot itself cannot see.
        await _delete(interaction.delete_original_response)
        await utterances.deleted(utterance, member)


class UsesMenu(Persistent, discord.ui.DynamicItem[discord.ui.Select[Any]], template=_MENU_ID):
    """Deletes one of the messages that were spoken in a voice, from afar."""

    def __init__(self, uses: list[Utterance]) -> None:
        options = [discord.SelectOption(label=_label(use), value=use.id) for use in uses if _is_there(use)]
        placeholder = "Delete one of these messages"
        super().__init__(discord.ui.Select(custom_id=_MENU_ID, placeholder=placeholder, options=options))

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:  # noqa: ARG003 - this custom_id says nothing more
        return cls([])

    async def operate(self, interaction: Interaction) -> None:
        await think(interaction, privately=True)
        bot, member = interaction.client, member_of(interaction)
        utterance = await bot.services.utterances.to_delete(self.item.values[0], member, interaction.guild_id)
        if utterance.deleted_at is not None:
            raise NotDeleted("That message was deleted already.")
        if utterance.message_id is None:
            raise NotDeleted("That message was never finished, so there is nothing to delete.")
        channel = bot.get_partial_messageable(utterance.channel_id, guild_id=utterance.guild_id)
        await _delete(channel.get_partial_message(utterance.message_id).delete)
        await bot.services.utterances.deleted(utterance, member)
        await answer(interaction, f"The message that {plain(utterance.asker_name)} asked for is deleted.")


def delete_view(utterance_id: str) -> discord.ui.View:
    return discord.ui.View(timeout=None).add_item(DeleteButton(utterance_id))


def add_menu(view: discord.ui.View, uses: list[Utterance]) -> None:
    """Let what is still there of the uses be deleted."""
    if any(_is_there(use) for use in uses):
        view.add_item(UsesMenu(uses))


def uses_card(uses: list[Utterance], *, room: int) -> str:
    """Who used a voice lately, to stand under its card: as many lines as `room` characters hold."""
    card = "\n**Used lately**"
    if not uses or room < len(card):
        return ""
    for line in map(_line, uses):
        if len(card) + len(line) + 1 > room:
            break
        card += f"\n{line}"
    return card


async def _delete(delete: Callable[[], Awaitable[None]]) -> None:
    """Delete a message at Discord, which may have been deleted before. Raises NotDeleted."""
    try:
        await delete()
    except discord.NotFound:
        pass
    except discord.Forbidden:
        raise NotDeleted(
            "I can't see that channel, so I can't delete the message from here. Press **Delete** under the message."
        ) from None
    except (discord.HTTPException, *LINE_TROUBLES):
        raise NotDeleted("Discord did not delete the message. Please try again.") from None


def _is_there(use: Utterance) -> bool:
    return use.message_id is not None and use.deleted_at is None


def _line(use: Utterance) -> str:
    line = f"- {plain(use.asker_name)}, {distance(use.made_at)}, {use.characters} characters: "
    if use.deleted_at is not None:
        return f"{line}deleted {distance(use.deleted_at)}"
    if use.message_id is None:
        return f"{line}perhaps not posted"
    if use.guild_id is None:
        return f"{line}in a direct message with me"
    return line + message_link(use.guild_id, use.channel_id, use.message_id)


def _label(use: Utterance) -> str:
    when = datetime.fromtimestamp(use.made_at / SECOND, UTC).strftime("%d %b %Y, %H:%M UTC")
    return f"{use.asker_name[:LONGEST_NAME_SHOWN]}, {when}, {use.characters} characters"


class Utterances(commands.Cog):
    """Registers the button and the menu, and answers for those that stand under no message."""

    def __init__(self, bot: Mynah) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(DeleteButton, UsesMenu)

    async def cog_unload(self) -> None:
        self._bot.remove_dynamic_items(DeleteButton, UsesMenu)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is not discord.InteractionType.component or interaction.data is None:
            return
        custom_id = str(interaction.data.get("custom_id", ""))
        known = re.fullmatch(_DELETE_ID, custom_id) or custom_id == _MENU_ID
        if custom_id.startswith(_OURS) and not (known and stands_under(interaction.message, custom_id)):
            await explain_to(interaction, UnknownButton())


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Utterances(bot))
