"""Turns what an interaction says (who, where, whom they picked) into the words of the services."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import discord

from bot.discord.client import Interaction, invitation
from bot.errors import UserError
from bot.http.attachments import Attachment
from bot.models.common import Member, Place
from bot.models.consent import Speaker
from bot.models.sharing import WHOLE_SERVER, Audience, AudienceKind
from bot.services.common.wording import plain

Mentionable: TypeAlias = discord.Role | discord.Member | discord.User
PostedAs: TypeAlias = Literal["voice message", "file"]  # the choices of an option, by the values of `PostAs`


class NotAnAudience(UserError):
    """The role or person can't use a voice in this server; the sentence says why."""


class OutsideServer(UserError):
    def __init__(self) -> None:
        super().__init__("This works in a server only. Use it in the server that you mean.")


class BotNotHere(UserError):
    def __init__(self, application_id: int) -> None:
        super().__init__(
            "Only my commands are in this server, and I am not. Nothing can be shared, decided or logged here before "
            f"somebody who manages the server has added me: <{invitation(application_id)}>"
        )


def member_of(interaction: Interaction) -> Member:
    return member(interaction.user, is_manager=interaction.permissions.manage_guild)


def member(user: discord.User | discord.Member, *, is_manager: bool = False) -> Member:
    """Return the user of an interaction, or one who was picked in it, as a member."""
    # `Member.roles` leaves out what is not cached yet, such as a role made a moment ago.
    role_ids = frozenset(user._roles) if isinstance(user, discord.Member) else frozenset[int]()  # noqa: SLF001
    return Member(id=user.id, name=user.display_name, role_ids=role_ids, is_manager=is_manager)


def speaker_of(user: discord.User | discord.Member) -> Speaker:
    """Return somebody who was picked as the speaker. Discord sends a member object only for those in the server."""
    return Speaker(id=user.id, name=user.display_name, is_bot=user.bot, is_here=isinstance(user, discord.Member))


def place_of(interaction: Interaction) -> Place:
    channel = interaction.channel
    return Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )


def attached(files: Sequence[discord.Attachment | None]) -> dict[int, Attachment]:
    """Return the files that were attached, by the numbers of their options, which are counted from 1."""
    return {
        number: Attachment(filename=file.filename, size=file.size, url=file.url)
        for number, file in enumerate(files, start=1)
        if file is not None
    }


def audience_meant(interaction: Interaction, named: Mentionable) -> Audience:
    """Return the audience that was picked, even if that member has left. The role @everyone means the whole server."""
    if not isinstance(named, discord.Role):
        return Audience(kind=AudienceKind.MEMBER, target_id=named.id)
    if named.id == interaction.guild_id:
        return WHOLE_SERVER
    return Audience(kind=AudienceKind.ROLE, target_id=named.id)


def audience_of(interaction: Interaction, named: Mentionable) -> Audience:
    """Return the audience that was picked, if it is in this server. Raises NotAnAudience."""
    if interaction.guild is None:  # which the service refuses with a better sentence
        return audience_meant(interaction, named)
    match named:
        case discord.Role() if interaction.guild.get_role(named.id) is None:
            raise NotAnAudience("That role is not one of this server. Choose another one.")
        case discord.User():  # resolved without a membership
            raise NotAnAudience(f"{plain(named.display_name)} is not in this server. Choose a member or a role.")
        case discord.Member(bot=True):
            raise NotAnAudience(f"{plain(named.display_name)} is a bot and can't use voices. Choose somebody else.")
        case _:
            return audience_meant(interaction, named)


def server_of(interaction: Interaction) -> int:
    """Return the id of the server in which an interaction was used. Raises OutsideServer."""
    if interaction.guild_id is None:
        raise OutsideServer
    return interaction.guild_id


def is_bot_here(interaction: Interaction) -> bool:
    """Return whether the bot itself is in the server of an interaction, and not only its commands."""
    return interaction.guild_id is None or interaction.client.get_guild(interaction.guild_id) is not None


def check_bot_is_here(interaction: Interaction) -> None:
    """Raise BotNotHere in a server that has only the commands."""
    if not is_bot_here(interaction):
        raise BotNotHere(interaction.application_id)


def server_name(server: discord.Guild | None, otherwise: str) -> str:
    """Name a server. Discord leaves the name out if the server is unavailable, or if the bot is not in it."""
    return plain(server.name) if server is not None and server.name else otherwise
