"""Autocomplete for `voice` options: what this member may use here, and nothing that they may not know of."""

from discord import app_commands

from bot.client import Interaction
from bot.services.repertoire import Choice

MOST_CHOICES = 25  # Discord's limit
LONGEST_LABEL = 100  # characters, Discord's limit


async def own_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return _offered(await interaction.client.services.repertoire.own(interaction.user.id), typed)


async def usable_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    repertoire, member_id = interaction.client.services.repertoire, interaction.user.id
    known = await repertoire.own(member_id) + await repertoire.shared(member_id, interaction.guild_id)
    return _offered(known, typed)


async def speaking_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    speaking = await interaction.client.services.repertoire.speaking(interaction.user.id, interaction.guild_id)
    return _offered(speaking, typed)


def _offered(choices: list[Choice], typed: str) -> list[app_commands.Choice[str]]:
    """The choices that contain what was typed, those that begin with it first."""
    wanted = typed.strip().casefold()
    fitting = [choice for choice in choices if wanted in choice.label.casefold()]
    fitting.sort(key=lambda choice: not choice.label.casefold().startswith(wanted))
    return [
        app_commands.Choice(name=choice.label[:LONGEST_LABEL], value=choice.voice.id)
        for choice in fitting[:MOST_CHOICES]
    ]
