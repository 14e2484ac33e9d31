"""The form in which an owner renames a voice."""

from typing import Any

import discord

from bot.discord.client import Interaction
from bot.models.voices import Voice
from bot.services.common.names import LONGEST_NAME
from cogs.common.forms import typed_in

RENAME = "mynah-rename"  # prefix of the custom_id
_NAME = "name"


def rename_form(voice: Voice, name: str | None = None) -> discord.ui.Modal:
    form = discord.ui.Modal(title="Rename your voice", custom_id=f"{RENAME}:{voice.id}")
    field = discord.ui.TextInput[Any](
        custom_id=_NAME, default=name or voice.name, min_length=1, max_length=LONGEST_NAME
    )
    form.add_item(discord.ui.Label(text="What to call it from now on", component=field))
    form.stop()
    return form


def new_name(interaction: Interaction) -> str:
    return typed_in(interaction).get(_NAME, "")
