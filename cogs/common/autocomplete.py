"""Autocomplete: the voices that a member may name here, and deadlines. It shows no voice that is not theirs to know."""

from discord import app_commands

from bot.client import Interaction
from bot.services.common.names import name_key
from bot.services.common.wording import utc
from bot.services.sharing.deadlines import deadline, suggested_deadlines
from bot.services.sharing.known_voices import Choice, KnownVoices
from cogs.common.context import member_of

MOST_CHOICES = 25  # Discord's limit
LONGEST_LABEL = 100  # characters, Discord's limit


async def owned_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return offered((await _known(interaction)).owned, typed)


async def controlled_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return offered((await _known(interaction)).controlled, typed)


async def usable_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return offered((await _known(interaction)).usable, typed)


async def speaking_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return offered((await _known(interaction)).speaking, typed)


async def shared_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer managers every voice that is shared with this server."""
    if interaction.guild_id is None or not member_of(interaction).is_manager:
        return []
    shares = await interaction.client.services.sharing.in_server(interaction.guild_id)
    voices = {share.voice.id: share.voice for share in shares}
    return offered([Choice(f"{voice.name} ({voice.owner_name})", voice) for voice in voices.values()], typed)


async def deadlines(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer deadlines for `until`, each with the moment that it means."""
    now = interaction.client.clock.now()
    return [
        app_commands.Choice(name=f"{text} (until {utc(deadline(text, now))})", value=text)
        for text in suggested_deadlines(typed, now)
    ]


async def _known(interaction: Interaction) -> KnownVoices:
    return await interaction.client.services.usable_voices.known_to(member_of(interaction), interaction.guild_id)


def offered(choices: list[Choice], typed: str) -> list[app_commands.Choice[str]]:
    """Return the choices that contain what was typed, those that begin with it first."""
    wanted = name_key(typed.strip())
    fitting = [choice for choice in choices if wanted in name_key(choice.label)]
    fitting.sort(key=lambda choice: not name_key(choice.label).startswith(wanted))
    return [
        app_commands.Choice(name=choice.label[:LONGEST_LABEL], value=choice.voice.id)
        for choice in fitting[:MOST_CHOICES]
    ]
