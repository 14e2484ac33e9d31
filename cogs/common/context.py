"""Who used an interaction, where, and whom they named in it, in the words of the services."""

from typing import TypeAlias

import discord

from bot.client import Interaction
from bot.errors import UserError
from bot.models import WHOLE_SERVER, Audience, AudienceKind, Member, Place, Speaker
from bot.services.common.wording import plain

Mentionable: TypeAlias = discord.Role | discord.Member | discord.User


class NotAnAudience(UserError):
    """Somebody or something that can't use a voice in this server; the sentence says why."""


class OutsideServer(UserError):
    def __init__(self) -> None:
        super().__init__("That is about a server: use it in the server that you mean.")


def member_of(interaction: Interaction) -> Member:
    return member(interaction.user, is_manager=interaction.permissions.manage_guild)


def member(user: discord.User | discord.Member, *, is_manager: bool = False) -> Member:
    """Somebody as an interaction shows them, themselves or as an option."""
    # `Member.roles` leaves out what is not cached yet, such as a role made a moment ago.
    role_ids = frozenset(user._roles) if isinstance(user, discord.Member) else frozenset[int]()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return Member(id=user.id, name=user.display_name, role_ids=role_ids, is_manager=is_manager)


def speaker_of(user: discord.User | discord.Member) -> Speaker:
    """Somebody who was picked as an option; Discord tells of them as a member only where they are one."""
    return Speaker(id=user.id, name=user.display_name, is_bot=user.bot, is_here=isinstance(user, discord.Member))


def place_of(interaction: Interaction) -> Place:
    channel = interaction.channel
    return Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )


def audience_meant(interaction: Interaction, named: Mentionable) -> Audience:
    """Whom a role or a person stands for, there or not; the role @everyone is the whole server."""
    if not isinstance(named, discord.Role):
        return Audience(kind=AudienceKind.MEMBER, target_id=named.id)
    if named.id == interaction.guild_id:
        return WHOLE_SERVER
    return Audience(kind=AudienceKind.ROLE, target_id=named.id)


def audience_of(interaction: Interaction, named: Mentionable) -> Audience:
    """Whom a role or a person of this server stands for. Raises NotAnAudience."""
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
    """The server in which an interaction was used. Raises OutsideServer."""
    if interaction.guild_id is None:
        raise OutsideServer
    return interaction.guild_id
