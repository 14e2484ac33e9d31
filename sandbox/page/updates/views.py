"""Makes the JSON of what a person sees in Discord, for the page."""

from typing import Any
from urllib.parse import quote

from sandbox.discord import Channel, Discord, Member, Permission
from sandbox.discord.world.model import Attachment, CallbackType, Interaction, InteractionType, Message, MessageFlag
from sandbox.discord.world.payloads import BOT_DM_CONTEXT, GUILD_CONTEXT
from sandbox.discord.world.shapes import listed
from sandbox.page.people import People

View = dict[str, Any]


class Views:
    def __init__(self, discord: Discord, people: People) -> None:
        self._discord = discord
        self._people = people

    def snapshot(self, viewer: Member) -> View:
        """Return everything that `viewer` sees now."""
        bot = self._discord.world.application.bot
        return {
            "me": str(viewer.id),
            "server": self._discord.server.name,
            "everyone": str(self._discord.server.everyone.id),
            "bot": {"id": str(bot.id), "name": bot.name},
            "people": self._people.describe(),
            "roles": self._people.roles(),
            "channels": [self._channel(channel, viewer) for channel in self._channels(viewer)],
            "commands": self.commands(viewer),
        }

    def commands(self, viewer: Member) -> list[View]:
        """Return the registered commands, and where `viewer` may use each."""
        membership = self._discord.server.members.get(viewer.id)
        held = membership.permissions if membership else Permission(0)
        return [
            {
                **command,
                "in_server": _offered(command, GUILD_CONTEXT) and _permitted(command, held),
                "in_dm": _offered(command, BOT_DM_CONTEXT),
            }
            for command in self._discord.world.application.commands
        ]

    def message(self, message: Message, viewer: Member) -> View:
        pinged = viewer.id in message.pinged or (message.pinged_everyone and message.channel.server is not None)
        return {
            "id": str(message.id),
            "channel": str(message.channel.id),
            "author": {"id": str(message.author.id), "name": message.author.name, "bot": message.author.bot},
            "at": round(message.created_at * 1000),
            "edited": message.edited_at is not None and not _was_awaited(message),
            "content": message.content,
            "embeds": message.embeds,
            "components": message.components,
            "attachments": [_attachment(attachment) for attachment in message.attachments],
            "ephemeral": message.ephemeral,
            "thinking": MessageFlag.LOADING in message.flags,
            "voice_message": MessageFlag.IS_VOICE_MESSAGE in message.flags,
            "pinged": pinged,
            "replied_to": _replied_to(message.replied_to),
            "used": _used(message.interaction),
        }

    def _channels(self, viewer: Member) -> list[Channel]:
        server = self._discord.server
        seen = server.channels if viewer.id in server.members else []
        return [*(channel for channel in seen if not channel.deleted), viewer.dm]

    def _channel(self, channel: Channel, viewer: Member) -> View:
        seen = [message for message in channel.messages.values() if message.visible_to(viewer.user)]
        return {
            "id": str(channel.id),
            "name": channel.name if channel.server else self._discord.world.application.name,
            "dm": channel.server is None,
            "messages": [self.message(message, viewer) for message in seen],
        }


def _replied_to(message: Message | None) -> View | None:
    """Return what is shown above a reply of the message that it answers."""
    if message is None:
        return None
    is_spoken = MessageFlag.IS_VOICE_MESSAGE in message.flags
    files = "Voice message" if is_spoken else "Attachment" if message.attachments else ""
    return {
        "id": str(message.id),
        "name": message.author.name,
        "text": "" if message.deleted else message.content or files,
    }


def _offered(command: View, context: int) -> bool:
    contexts = command.get("contexts")
    return contexts is None or context in contexts


def _permitted(command: View, held: Permission) -> bool:
    needed = command.get("default_member_permissions")
    if needed is None or Permission.ADMINISTRATOR in held:
        return True
    return int(needed) != 0 and int(held) & int(needed) == int(needed)


def _was_awaited(message: Message) -> bool:
    """Return whether the message began as “thinking…”; Discord does not call such an answer edited."""
    interaction = message.interaction
    return interaction is not None and interaction.answered is CallbackType.DEFERRED_MESSAGE


def _attachment(attachment: Attachment) -> View:
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "type": attachment.content_type or "",
        "description": attachment.description,
        "url": f"/files/{attachment.id}/{quote(attachment.filename)}",
        "seconds": attachment.duration_secs,
        "waveform": attachment.waveform,
    }


def _used(interaction: Interaction | None) -> View | None:
    """Return which command a message answers, and who used it."""
    if interaction is None or interaction.type is not InteractionType.COMMAND:
        return None
    return {"id": str(interaction.user.id), "name": interaction.user.name, "command": command_name(interaction.data)}


def command_name(data: View) -> str:
    """Return “/voice create” from an interaction's data; for a menu's command, its bare name."""
    if data.get("type", 1) != 1:
        return str(data["name"])
    words, level = [data["name"]], listed(data, "options")
    while level and level[0]["type"] in (1, 2):
        words.append(level[0]["name"])
        level = listed(level[0], "options")
    return "/" + " ".join(words)
