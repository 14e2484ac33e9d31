"""The buttons under reports, notices and `/voice show`: what they are called, and what their custom_ids say."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import discord

from bot.services.common.wording import in_label
from cogs.common.persistent import UnknownButton, persistent_view

PREFIX = "mynah"
LONGEST_LABEL = 80  # characters, Discord's limit


class Action(StrEnum):
    """What a button does. The values are part of custom_ids, so they stay as they are for ever."""

    CREATE = "create"
    UPDATE = "update"
    CANCEL = "cancel"
    SAY = "say"
    PLAY = "play"
    PREVIEW = "preview"
    SHARE = "share"
    DEFAULT = "default"
    RENAME = "rename"
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
    Action.UPDATE: ("Use this sample", discord.ButtonStyle.success),
    Action.CANCEL: ("Cancel", discord.ButtonStyle.secondary),
    Action.SAY: ("Say something", discord.ButtonStyle.primary),
    Action.PLAY: ("Play a preview", discord.ButtonStyle.primary),
    Action.PREVIEW: ("Another preview", discord.ButtonStyle.secondary),
    Action.SHARE: ("Share where it was made", discord.ButtonStyle.secondary),
    Action.DEFAULT: ("Make default", discord.ButtonStyle.secondary),
    Action.RENAME: ("Rename", discord.ButtonStyle.secondary),
    Action.DELETE: ("Delete voice", discord.ButtonStyle.danger),
    Action.DELETE_NOW: ("Delete it for good", discord.ButtonStyle.danger),
    Action.KEEP: ("Keep it", discord.ButtonStyle.secondary),
    Action.RETRY: ("Retry", discord.ButtonStyle.primary),
    Action.ASK: ("Ask for consent", discord.ButtonStyle.success),
    Action.APPROVE: ("Approve", discord.ButtonStyle.success),
    Action.REFUSE: ("Refuse", discord.ButtonStyle.danger),
    Action.REVOKE: ("Revoke", discord.ButtonStyle.danger),
}

# After the prefix. A notice is found again in a channel's history by the id that its buttons carry.
_CUSTOM_ID = re.compile(r"(?P<action>[a-z-]{1,20}):(?P<voice_id>[0-9a-f]{16})(?::(?P<notice_id>[0-9a-f]{16}))?")


@dataclass(frozen=True, slots=True)
class Click:
    """What the custom_id of a button says."""

    action: Action
    voice_id: str
    notice_id: str | None  # of the notice under which it stands; None under everything else


def click_on(rest: str) -> Click:
    """Read a custom_id without its prefix. Raises UnknownButton."""
    match = _CUSTOM_ID.fullmatch(rest)
    if match is None or match["action"] not in _FACES:
        raise UnknownButton
    return Click(Action(match["action"]), match["voice_id"], match["notice_id"])


def buttons(
    voice_id: str, *actions: Action, notice_id: str | None = None, share_in: str | None = None
) -> discord.ui.View:
    """Return a view with these buttons for a voice, which know the notice that they stand under.

    `share_in` is the name of the server with which the voice would be shared.
    """
    return persistent_view(*(_button(action, voice_id, notice_id, share_in) for action in actions))


def _button(action: Action, voice_id: str, notice_id: str | None, share_in: str | None) -> discord.ui.Button[Any]:
    label, style = _FACES[action]
    if action is Action.SHARE and share_in is not None:
        label = f"Share in {in_label(share_in)}"
    if len(label) > LONGEST_LABEL:
        label = label[: LONGEST_LABEL - 1] + "…"
    custom_id = f"{PREFIX}:{action}:{voice_id}" + (f":{notice_id}" if notice_id else "")
    return discord.ui.Button(label=label, style=style, custom_id=custom_id)
