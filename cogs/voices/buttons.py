"""The buttons under reports, notices and `/voice show`: each does one thing with one voice."""

import re
from enum import StrEnum
from typing import Any, Literal, assert_never

import discord

from bot.client import Interaction, Mynah
from bot.discord_codes import Meaning, meaning_of
from bot.errors import UserError
from bot.first_response import LINE_TROUBLES, DiscordTooSlow, if_slow
from bot.http.attachments import Attachment
from bot.models import WHOLE_SERVER, Share, Voice
from bot.replies import answer, update
from bot.services.common.wording import audience_words, moment, plain, quoted
from cogs.common.cards import approved_card, asked_card, queued_card
from cogs.common.context import member_of, place_of
from cogs.common.persistent import UnknownButton, persistent_view, register


class Action(StrEnum):
    """What a button does. The values are part of custom_ids, so they stay as they are for ever."""

    CREATE = "create"
    CANCEL = "cancel"
    SHARE = "share"
    DEFAULT = "default"
    DELETE = "delete"
    DELETE_NOW = "delete-now"
    KEEP = "keep"
    RETRY = "retry"
    ASK = "ask"
    APPROVE = "approve"
    REFUSE = "refuse"
    REVOKE = "revoke"


_FACES = {
    Action.CREATE: ("Create my voice", discord.ButtonStyle.success),
    Action.CANCEL: ("Cancel", discord.ButtonStyle.secondary),
    Action.SHARE: ("Share here", discord.ButtonStyle.primary),
    Action.DEFAULT: ("Make default", discord.ButtonStyle.secondary),
    Action.DELETE: ("Delete", discord.ButtonStyle.danger),
    Action.DELETE_NOW: ("Delete it for good", discord.ButtonStyle.danger),
    Action.KEEP: ("Keep it", discord.ButtonStyle.secondary),
    Action.RETRY: ("Retry", discord.ButtonStyle.primary),
    Action.ASK: ("Ask for consent", discord.ButtonStyle.success),
    Action.APPROVE: ("Approve", discord.ButtonStyle.success),
    Action.REFUSE: ("Refuse", discord.ButtonStyle.danger),
    Action.REVOKE: ("Revoke", discord.ButtonStyle.danger),
}

# A click on one of these replaces the message with the outcome; the others answer in a message of their own.
_REPLACED_WHEN_PRESSED = {
    Action.CREATE,
    Action.CANCEL,
    Action.DELETE_NOW,
    Action.KEEP,
    Action.ASK,
    Action.APPROVE,
    Action.REFUSE,
    Action.REVOKE,
}

# The buttons under the outcome.
_AFTERWARDS = {Action.DELETE: (Action.DELETE_NOW, Action.KEEP), Action.APPROVE: (Action.REVOKE,)}

PREFIX = "mynah"

# After the prefix. The id of the notice is there for the notice to be found again in a channel's history.
_CUSTOM_ID = re.compile(r"(?P<action>[a-z-]{1,20}):(?P<voice_id>[0-9a-f]{16})(?::[0-9a-f]{16})?")


class BotGone(UserError):
    def __init__(self) -> None:
        super().__init__("I am not in that server any more. Use `/voice share` in a server where you want it.")


async def press(interaction: Interaction, rest: str) -> None:
    """Do what a button says, for those who control its voice."""
    match = _CUSTOM_ID.fullmatch(rest)
    if match is None or match["action"] not in _FACES:
        raise UnknownButton
    action, voice_id = Action(match["action"]), match["voice_id"]
    view = buttons(voice_id, *_AFTERWARDS[action]) if action in _AFTERWARDS else None
    if action in _REPLACED_WHEN_PRESSED:
        if_slow(interaction, "update")
        text = await _outcome(action, voice_id, interaction)
        await update(interaction, text, view=view)
    else:
        text = await _outcome(action, voice_id, interaction)
        await answer(interaction, text, view=view)


async def _outcome(action: Action, voice_id: str, interaction: Interaction) -> str:
    """Do what the button says. Returns the sentence that says what happened."""
    services, member_id = interaction.client.services, interaction.user.id
    match action:
        case Action.CREATE:
            return queued_card(await services.drafts.consent(voice_id, member_of(interaction), place_of(interaction)))
        case Action.CANCEL:
            voice = await services.drafts.cancel(voice_id, member_id)
            return f"Cancelled: {quoted(voice.name)} was not created, and its sample is deleted."
        case Action.SHARE:
            began_in = (await services.voices.controlled(voice_id, member_id)).guild_id
            server = await _server(interaction.client, began_in) if began_in is not None else None
            share = await services.sharing.share_where_it_began(voice_id, member_of(interaction))
            return shared_sentence(share, server)
        case Action.DEFAULT:
            voice = await services.voices.make_controlled_default(voice_id, member_id)
            return f"{quoted(voice.name)} is now your default: `/say` uses it when you name no voice."
        case Action.DELETE:
            return delete_question(await services.voices.controlled(voice_id, member_id))
        case Action.DELETE_NOW:
            voice = await services.voices.delete(voice_id, member_of(interaction))
            return f"{quoted(voice.name)} is deleted. Nobody can use it any more, and Fish Audio deletes it too."
        case Action.KEEP:
            voice = await services.voices.controlled(voice_id, member_id)
            return f"{quoted(voice.name)} stays."
        case Action.RETRY:
            voice = await services.training.retry(voice_id, member_id)
            return f"{quoted(voice.name)} is tried again with the same sample; I will tell you how it ends."
        case Action.REVOKE:
            voice = await services.voices.revoke(voice_id, member_of(interaction))
            return f"{quoted(voice.name)} is deleted. Nobody can use it any more, and Fish Audio deletes it too."
        case Action.ASK | Action.APPROVE | Action.REFUSE:
            return await _about_consent(action, voice_id, interaction)
        case _:
            assert_never(action)


async def _about_consent(
    action: Literal[Action.ASK, Action.APPROVE, Action.REFUSE], voice_id: str, interaction: Interaction
) -> str:
    requests, member_id = interaction.client.services.consent_requests, interaction.user.id
    match action:
        case Action.ASK:
            return asked_card(await requests.ask(voice_id, member_id))
        case Action.APPROVE:
            attached = _first_file(interaction.message)
            return approved_card(await requests.approve(voice_id, member_id, attached))
        case Action.REFUSE:
            voice = await requests.refuse(voice_id, member_id)
            return f"You said no: {plain(voice.owner_name)} gets no voice from that recording, which is deleted."


def _first_file(message: discord.Message | None) -> Attachment | None:
    if message is None or not message.attachments:
        return None
    file = message.attachments[0]
    return Attachment(filename=file.filename, size=file.size, url=file.url)


async def _server(bot: Mynah, guild_id: int) -> discord.Guild:
    """Return a server, also one that another process serves. Raises BotGone or DiscordTooSlow."""
    try:
        return bot.get_guild(guild_id) or await bot.fetch_guild(guild_id, with_counts=False)
    except discord.HTTPException as error:
        if meaning_of(error) in {Meaning.GONE, Meaning.FORBIDDEN}:
            raise BotGone from None
        raise DiscordTooSlow from None
    except LINE_TROUBLES:
        raise DiscordTooSlow from None


def buttons(voice_id: str, *actions: Action, notice_id: str | None = None) -> discord.ui.View:
    """Return a view with these buttons for a voice, which know the notice that they stand under."""
    return persistent_view(*(_button(action, voice_id, notice_id) for action in actions))


def _button(action: Action, voice_id: str, notice_id: str | None) -> discord.ui.Button[Any]:
    label, style = _FACES[action]
    custom_id = f"{PREFIX}:{action}:{voice_id}" + (f":{notice_id}" if notice_id else "")
    return discord.ui.Button(label=label, style=style, custom_id=custom_id)


def delete_question(voice: Voice) -> str:
    return (
        f"Delete {quoted(voice.name)} for good? Nobody will be able to use it, here or in any server it is shared "
        "with, and it is deleted at Fish Audio too."
    )


def shared_sentence(share: Share, server: discord.Guild | None) -> str:
    name, where = quoted(share.voice.name), plain(server.name) if server else "the server"
    until = "" if share.until is None else f" until {moment(share.until)}"
    if share.audience == WHOLE_SERVER:
        return f"{name} is now shared with {where}{until}: everyone there can use it with `/say`."
    return f"{name} is now shared with {audience_words(share.audience)} in {where}{until}, for use with `/say`."


async def setup(bot: Mynah) -> None:
    register(bot, PREFIX, press)
