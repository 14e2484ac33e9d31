"""**Say something**: a form whose text is spoken like that of `/say`, wherever its button stands."""

import re
from typing import Any

import discord

from bot.discord.client import Interaction, Mynah
from bot.models.voices import Voice
from bot.services.speech.scripts import SpeechRequest
from bot.services.text.spoken_mentions import Mentions
from cogs.common.context import member_of, place_of
from cogs.common.forms import typed_in
from cogs.common.persistent import UnknownButton, register
from cogs.speech.speech import speak

SAY = "mynah-say"  # prefix of the custom_id
LONGEST_INPUT = 4000  # characters, Discord's limit
_TEXT = "text"


def say_form(voice: Voice, *, longest: int) -> discord.ui.Modal:
    """Build the form; `longest` is how many characters a text may have, 0 for any number."""
    form = discord.ui.Modal(title="Say something", custom_id=f"{SAY}:{voice.id}")
    most = min(longest or LONGEST_INPUT, LONGEST_INPUT)
    field = discord.ui.TextInput[Any](custom_id=_TEXT, style=discord.TextStyle.paragraph, min_length=1, max_length=most)
    form.add_item(discord.ui.Label(text=f"In “{voice.name}”", component=field))
    form.stop()
    return form


async def say(interaction: Interaction, voice_id: str) -> None:
    """Speak what was typed into the form."""
    if not re.fullmatch("[0-9a-f]{16}", voice_id):
        raise UnknownButton
    request = SpeechRequest(
        asker=member_of(interaction),
        place=place_of(interaction),
        text=typed_in(interaction).get(_TEXT, ""),
        mentions=Mentions(),
        asked_at=interaction.created_at,
        voice=voice_id,
    )
    await speak(interaction, request)


async def setup(bot: Mynah) -> None:
    register(bot, SAY, say)
