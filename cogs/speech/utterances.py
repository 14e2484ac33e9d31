"""The list of uses of a voice under `/voice show`, and the button and the menu that delete a spoken message."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import discord

from bot.clock import SECOND
from bot.discord.client import Interaction, Mynah
from bot.discord.codes import Code, Meaning, meaning_of
from bot.discord.first_response import LINE_TROUBLES, acknowledge, if_slow
from bot.discord.replies import answer, stands_under
from bot.errors import UserError
from bot.models.common import NO_CHANNEL
from bot.models.sounds import PostAs
from bot.models.speech import Utterance
from bot.services.common.wording import distance, in_label, message_link, plain
from cogs.common.context import member_of
from cogs.common.persistent import UnknownButton, register

LONGEST_NAME_SHOWN = 40  # characters; a menu's line has 100

_UNSAY = "mynah-unsay"  # prefixes of custom_ids
_USES = "mynah-uses"


class NotDeleted(UserError):
    """Discord has not deleted the message."""


class ChannelHidden(NotDeleted):
    def __init__(self) -> None:
        super().__init__(
            "I can't see that channel, so I can't delete the message from here. Press **Delete** under the message."
        )


class VoiceMessageHidden(NotDeleted):
    def __init__(self) -> None:
        super().__init__(
            "I can't see this channel any more, so I can't delete the voice message. Members who manage messages here "
            "can."
        )


async def delete_here(interaction: Interaction, utterance_id: str) -> None:
    """Delete the spoken message under which the button stands."""
    message, member = interaction.message, member_of(interaction)
    if message is None or not stands_under(message, f"{_UNSAY}:{utterance_id}"):
        raise UnknownButton
    if_slow(interaction, "update")
    utterances, began_at = interaction.client.services.utterances, interaction.client.clock.now()
    utterance = await utterances.to_delete(utterance_id, member, interaction.guild_id)
    if utterance.posted_as is PostAs.VOICE_MESSAGE:
        await _delete_spoken(interaction, message, utterance)
    try:
        await _delete(message.delete)
    except ChannelHidden:  # a click that is acknowledged lets its message be deleted wherever that is
        await acknowledge(interaction)
        await _delete(interaction.delete_original_response)
    await utterances.deleted(utterance, member, since=began_at)
    await answer(interaction, _deleted(utterance, member.id))


async def delete_chosen(interaction: Interaction, rest: str) -> None:
    """Delete the spoken message that was chosen in the menu, in whichever channel it is."""
    chosen: list[str] = (interaction.data or {}).get("values", [])  # pyrefly: ignore[bad-assignment]
    if len(chosen) != 1 or not stands_under(interaction.message, f"{_USES}:{rest}"):
        raise UnknownButton
    bot, member = interaction.client, member_of(interaction)
    began_at = bot.clock.now()
    utterance = await bot.services.utterances.to_delete(chosen[0], member, interaction.guild_id)
    if utterance.deleted_at is not None:
        raise NotDeleted("That message was deleted already.")
    if utterance.message_id is None:
        raise NotDeleted("That message was never finished, so there is nothing to delete.")
    channel = bot.get_partial_messageable(utterance.channel_id, guild_id=utterance.guild_id)
    for message_id in (utterance.message_id, utterance.caption_id):
        if message_id is not None:
            await _delete(channel.get_partial_message(message_id).delete)
    await bot.services.utterances.deleted(utterance, member, since=began_at)
    await answer(interaction, _deleted(utterance, member.id))


async def is_posted(interaction: Interaction, begun: Utterance) -> bool | None:
    """Return whether a process that died had posted the sound of a record; None if that cannot be seen here."""
    if begun.message_id is None:
        return None
    channel = interaction.client.get_partial_messageable(begun.channel_id, guild_id=begun.guild_id)
    try:
        found = await channel.fetch_message(begun.message_id)
    except discord.HTTPException as error:
        return False if error.code == Code.UNKNOWN_MESSAGE else None
    except LINE_TROUBLES:
        return None
    return bool(found.attachments)


def delete_button(utterance_id: str) -> discord.ui.Button[Any]:
    """Return the button that deletes the spoken message above it."""
    style = discord.ButtonStyle.secondary
    return discord.ui.Button(label="Delete", style=style, custom_id=f"{_UNSAY}:{utterance_id}")


def add_menu(view: discord.ui.View, uses: Sequence[Utterance]) -> None:
    """Add the menu that deletes messages, if any of the uses still has one."""
    options = [discord.SelectOption(label=_label(use), value=use.id) for use in uses if _is_there(use)]
    if options:
        placeholder = "Delete one of these messages"
        view.add_item(discord.ui.Select[Any](custom_id=f"{_USES}:delete", placeholder=placeholder, options=options))


def uses_card(uses: Sequence[Utterance], *, room: int) -> str:
    """List who used a voice lately, in at most `room` characters."""
    card = "\n**Used lately**"
    if not uses or room < len(card):
        return ""
    for line in map(_line, uses):
        if len(card) + len(line) + 1 > room:
            break
        card += f"\n{line}"
    return card


async def _delete_spoken(interaction: Interaction, caption: discord.Message, utterance: Utterance) -> None:
    """Delete the voice message to which its caption replies. Raises NotDeleted; the caption is still there then."""
    reference = caption.reference
    message_id = utterance.message_id or (reference.message_id if reference else None)
    if message_id is None:
        return
    channel = interaction.client.get_partial_messageable(utterance.channel_id, guild_id=utterance.guild_id)
    try:
        await _delete(channel.get_partial_message(message_id).delete)
    except ChannelHidden:
        raise VoiceMessageHidden from None


async def _delete(delete: Callable[[], Awaitable[None]]) -> None:
    """Delete a message at Discord, unless it is gone already. Raises NotDeleted."""
    try:
        await delete()
    except discord.HTTPException as error:
        if error.code in {Code.UNKNOWN_MESSAGE, Code.UNKNOWN_CHANNEL}:
            return
        if meaning_of(error) is Meaning.FORBIDDEN:
            raise ChannelHidden from None
        raise NotDeleted(_NOT_DELETED) from None
    except LINE_TROUBLES:
        raise NotDeleted(_NOT_DELETED) from None


_NOT_DELETED = "Discord did not delete the message. Please try again."


def _deleted(utterance: Utterance, reader_id: int) -> str:
    if utterance.asker_id == reader_id:
        return "Your message is deleted."
    return f"The message that {plain(utterance.asker_name)} asked for is deleted."


def _is_there(use: Utterance) -> bool:
    return use.message_id is not None and use.deleted_at is None and use.channel_id != NO_CHANNEL


def _line(use: Utterance) -> str:
    line = f"- {plain(use.asker_name)}, {distance(use.made_at)}, {use.characters} characters: "
    if use.deleted_at is not None:
        return f"{line}deleted {distance(use.deleted_at)}"
    if use.message_id is None:
        return f"{line}perhaps not posted"
    if use.guild_id is None:
        return f"{line}{'heard only by them' if use.channel_id == NO_CHANNEL else 'in a direct message with me'}"
    return line + message_link(use.guild_id, use.channel_id, use.message_id)


def _label(use: Utterance) -> str:
    when = datetime.fromtimestamp(use.made_at / SECOND, UTC).strftime("%d %b %Y, %H:%M UTC")
    return f"{in_label(use.asker_name)[:LONGEST_NAME_SHOWN]}, {when}, {use.characters} characters"


async def setup(bot: Mynah) -> None:
    register(bot, _UNSAY, delete_here)
    register(bot, _USES, delete_chosen)
