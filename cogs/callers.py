"""Who used an interaction, and where, in the words of the services."""

from bot.client import Interaction
from bot.models import Member, Place


def member_of(interaction: Interaction) -> Member:
    return Member(id=interaction.user.id, name=interaction.user.display_name)


def place_of(interaction: Interaction) -> Place:
    return Place(guild_id=interaction.guild_id, channel_id=interaction.channel_id or 0)
