"""**Another preview**: a form in which somebody who controls a voice types a sentence that only they hear."""

import re
from typing import Any

import discord

from bot.discord.client import Interaction, Mynah
from bot.models.common import NO_CHANNEL, Place
from bot.models.voices import Voice
from bot.services.speech import previews
from bot.services.speech.scripts import SpeechRequest
from bot.services.text.spoken_mentions import Mentions
from cogs.common.context import member_of
from cogs.common.forms import typed_in
from cogs.common.persistent import UnknownButton, register
from cogs.speech.speech import speak

PREVIEW = "mynah-preview"  # prefix of the custom_id
_TEXT = "text"


def preview_form(voice: Voice) -> discord.ui.Modal:
    form = discord.ui.Modal(title="Another preview", custom_id=f"{PREVIEW}:{voice.id}")
    field = discord.ui.TextInput[Any](custom_id=_TEXT, min_length=1, max_length=previews.LONGEST)
    label = f"A sentence in “{voice.name}”"
    form.add_item(discord.ui.Label(text=label, description="Only you hear it", component=field))
    form.stop()
    return form


async def preview(interaction: Interaction, voice_id: str) -> None:
    """Speak what was typed into the form, as one of the member's previews of the day."""
    if not re.fullmatch("[0-9a-f]{16}", voice_id):
        raise UnknownButton
    voice = await interaction.client.services.voices.controlled(voice_id, interaction.user.id)
    request = SpeechRequest(
        asker=member_of(interaction),
        place=Place(guild_id=None, channel_id=NO_CHANNEL),  # nobody else sees it, and nobody can delete it
        text=typed_in(interaction).get(_TEXT, ""),
        mentions=Mentions(),
        asked_at=interaction.created_at,
        voice=voice.id,
        is_preview=True,
    )
    await speak(interaction, request, privately=True)


async def setup(bot: Mynah) -> None:
    register(bot, PREVIEW, preview)
