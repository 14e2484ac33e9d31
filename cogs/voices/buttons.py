"""Buttons under reports and notices. All they know is in their custom_id, so they work for ever, across restarts."""

import re
from enum import StrEnum
from typing import Any, Literal, Self, assert_never

import discord
from discord.ext import commands

from bot.client import Interaction, Mynah
from bot.errors import UserError
from bot.http.attachments import Attachment
from bot.models import WHOLE_SERVER, Share, Voice
from bot.replies import acknowledge, answer, explain_to, think, update
from bot.services.common.wording import audience_words, moment, plain, quoted
from cogs.common.cards import approved_card, asked_card, queued_card
from cogs.common.context import member_of
from cogs.common.persistent import Persistent, UnknownButton, stands_under


class Action(StrEnum):
    """What a button does; the value is part of its custom_id and stays as it is for ever."""

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

# These stand in a private message that says how it went once they are pressed; the others leave theirs as it is.
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

# The buttons that stand under the outcome.
_AFTERWARDS = {Action.DELETE: (Action.DELETE_NOW, Action.KEEP), Action.APPROVE: (Action.REVOKE,)}

# The notice under which a button stands is there to be found again in a channel's history.
_CUSTOM_ID = r"mynah:(?P<action>[a-z-]{1,20}):(?P<voice_id>[0-9a-f]{16})(?::(?P<notice_id>[0-9a-f]{16}))?"


# Other kinds of buttons and menus, which the cogs of their features answer.
ANSWERED_ELSEWHERE = ("mynah-unsay:", "mynah-uses:", "mynah-erase:", "mynah-server:")


class BotGone(UserError):
    def __init__(self) -> None:
        super().__init__("I am not in that server any more. Use `/voice share` in a server where you want it.")


class VoiceButton(Persistent, discord.ui.DynamicItem[discord.ui.Button[Any]], template=_CUSTOM_ID):
    """One action on one voice, for its owner, and for much of it whoever is heard in it."""

    def __init__(self, action: str, voice_id: str, notice_id: str | None = None) -> None:
        known = action in _FACES
        label, style = _FACES[Action(action)] if known else (action, discord.ButtonStyle.secondary)
        custom_id = f"mynah:{action}:{voice_id}" + (f":{notice_id}" if notice_id else "")
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id))
        self._action = action
        self._voice_id = voice_id

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:
        return cls(match["action"], match["voice_id"], match["notice_id"])

    async def operate(self, interaction: Interaction) -> None:
        action = _action(self._action)
        view = buttons(self._voice_id, *_AFTERWARDS[action]) if action in _AFTERWARDS else None
        if action in _REPLACED_WHEN_PRESSED:
            await acknowledge(interaction)
            text = await self._outcome(action, interaction)
            await update(interaction, text, view=view)
        else:
            await think(interaction, privately=True)
            text = await self._outcome(action, interaction)
            await answer(interaction, text, view=view)

    async def _outcome(self, action: Action, interaction: Interaction) -> str:
        """Do what the button says; the sentence that tells its owner."""
        services, voice_id, member_id = interaction.client.services, self._voice_id, interaction.user.id
        match action:
            case Action.CREATE:
                return queued_card(await services.drafts.consent(voice_id, member_id))
            case Action.CANCEL:
                voice = await services.drafts.cancel(voice_id, member_id)
                return f"Cancelled: {quoted(voice.name)} was not created, and its sample is deleted."
            case Action.SHARE:
                began_in = (await services.voices.controlled(voice_id, member_id)).guild_id
                server = await _server(interaction.client, began_in) if began_in is not None else None
                share = await services.sharing.share_where_it_began(voice_id, member_of(interaction))
                return shared_sentence(share, server)
            case Action.DEFAULT:
                voice = await services.voices.make_held_default(voice_id, member_id)
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
                return await self._about_consent(action, interaction)
            case _:
                assert_never(action)

    async def _about_consent(
        self, action: Literal[Action.ASK, Action.APPROVE, Action.REFUSE], interaction: Interaction
    ) -> str:
        requests, member_id = interaction.client.services.consent_requests, interaction.user.id
        match action:
            case Action.ASK:
                return asked_card(await requests.ask(self._voice_id, member_id))
            case Action.APPROVE:
                attached = _first_file(interaction.message)
                return approved_card(await requests.approve(self._voice_id, member_id, attached))
            case Action.REFUSE:
                voice = await requests.refuse(self._voice_id, member_id)
                return f"You said no: {plain(voice.owner_name)} gets no voice from that recording, which is deleted."


def _first_file(message: discord.Message | None) -> Attachment | None:
    if message is None or not message.attachments:
        return None
    file = message.attachments[0]
    return Attachment(filename=file.filename, size=file.size, url=file.url)


async def _server(bot: Mynah, guild_id: int) -> discord.Guild:
    """A server, asked for where it is not among those of this process. Raises BotGone."""
    try:
        return bot.get_guild(guild_id) or await bot.fetch_guild(guild_id, with_counts=False)
    except (discord.NotFound, discord.Forbidden):
        raise BotGone from None


def _action(value: str) -> Action:
    try:
        return Action(value)
    except ValueError:
        raise UnknownButton from None


def buttons(voice_id: str, *actions: Action, notice_id: str | None = None) -> discord.ui.View:
    """A view of these buttons alone: discord.py unregisters dynamic items that share a view with others."""
    view = discord.ui.View(timeout=None)
    for action in actions:
        view.add_item(VoiceButton(action, voice_id, notice_id))
    return view


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


class Buttons(commands.Cog):
    """Registers the buttons, and answers for those that nobody knows."""

    def __init__(self, bot: Mynah) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        self._bot.add_dynamic_items(VoiceButton)

    async def cog_unload(self) -> None:
        self._bot.remove_dynamic_items(VoiceButton)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is not discord.InteractionType.component or interaction.data is None:
            return
        custom_id = str(interaction.data.get("custom_id", ""))
        if custom_id.startswith(ANSWERED_ELSEWHERE):
            return
        match = re.fullmatch(_CUSTOM_ID, custom_id)
        if match is None:
            await explain_to(interaction, UnknownButton())
        elif not stands_under(interaction.message, custom_id):
            # discord.py passes over it: a second click on a message that the first one has changed meanwhile.
            await VoiceButton(match["action"], match["voice_id"]).callback(interaction)


async def setup(bot: Mynah) -> None:
    await bot.add_cog(Buttons(bot))
