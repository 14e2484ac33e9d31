"""Who used an interaction, and where, in the words of the services."""

import discord

from bot.client import Interaction
from bot.models import Member, Place


def member_of(interaction: Interaction) -> Member:
    return member(interaction.user, is_manager=interaction.permissions.manage_guild)


def member(user: discord.User | discord.Member, *, is_manager: bool = False) -> Member:
    """Somebody as an interaction shows them, themselves or as an option."""
    # `Member.roles` leaves out what is not cached yet, such as a role made a moment ago.
    role_ids = frozenset(user._roles) if isinstance(user, discord.Member) else frozenset[int]()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return Member(id=user.id, name=user.display_name, role_ids=role_ids, is_manager=is_manager)


def place_of(interaction: Interaction) -> Place:
    channel = interaction.channel
    return Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )
