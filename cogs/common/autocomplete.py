"""Autocomplete: the voices that a member may name here, and deadlines. It offers only voices that they may know of."""

from discord import app_commands

from bot.discord.client import Interaction
from bot.models.voices import VoiceState
from bot.services.common.wording import utc
from bot.services.sharing.deadlines import deadline, suggested_deadlines
from bot.services.sharing.known_voices import Choice
from bot.services.sharing.suggestions import Suggestions
from cogs.common.context import member_of

LONGEST_LABEL = 100  # characters, Discord's limit


async def owned_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    member = member_of(interaction)
    return offered(await _suggestions(interaction).controlled(member, typed, lambda voice: voice.owner_id == member.id))


async def controlled_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return offered(await _suggestions(interaction).controlled(member_of(interaction), typed, lambda _: True))


async def usable_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    member, guild_id = member_of(interaction), interaction.guild_id
    return offered(await _suggestions(interaction).usable(member, guild_id, typed, lambda _: True))


async def speaking_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    member, guild_id, now = member_of(interaction), interaction.guild_id, interaction.client.clock.now()
    return offered(await _suggestions(interaction).usable(member, guild_id, typed, lambda voice: voice.can_speak(now)))


async def trained_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    member, guild_id = member_of(interaction), interaction.guild_id
    return offered(
        await _suggestions(interaction).usable(member, guild_id, typed, lambda voice: voice.state is VoiceState.TRAINED)
    )


async def shared_voices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer managers every voice that is shared with this server."""
    if interaction.guild_id is None or not member_of(interaction).is_manager:
        return []
    return offered(await _suggestions(interaction).shared(interaction.guild_id, typed))


async def emotions(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the emotions that the engine understands."""
    return [
        app_commands.Choice(name=name, value=name) for name in interaction.client.services.emotions.suggested(typed)
    ]


async def deadlines(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer deadlines for `until`, each with the moment that it means."""
    now = interaction.client.clock.now()
    return [
        app_commands.Choice(name=f"{text} (until {utc(deadline(text, now))})", value=text)
        for text in suggested_deadlines(typed, now)
    ]


def _suggestions(interaction: Interaction) -> Suggestions:
    return interaction.client.services.suggestions


def offered(choices: list[Choice]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=choice.label[:LONGEST_LABEL], value=choice.voice.id) for choice in choices]
