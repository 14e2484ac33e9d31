"""The form of `/server pronunciations`: how words are said in a server."""

from typing import Any

import discord

from bot.discord.client import Interaction, Mynah
from bot.discord.first_response import if_slow
from bot.discord.replies import answer
from bot.errors import UserError
from bot.services.text.pronunciation import LONGEST_LIST, MOST_PRONUNCIATIONS
from cogs.common.context import check_bot_is_here, member_of, server_of
from cogs.common.forms import refuse_form, typed_in
from cogs.common.persistent import register

PRONUNCIATIONS = "mynah-pronunciations"  # the custom_id
_WORDS = "words"


def pronunciations_form(filled: str) -> discord.ui.Modal:
    """Build the form; `filled` is what its field holds at first."""
    form = discord.ui.Modal(title="How words are said here", custom_id=f"{PRONUNCIATIONS}:words")
    field = discord.ui.TextInput[Any](
        custom_id=_WORDS,
        style=discord.TextStyle.paragraph,
        default=filled,
        placeholder="nginx = engine x",
        required=False,
        max_length=LONGEST_LIST,
    )
    description = f"A line “word = say it like this” for each word, at most {MOST_PRONUNCIATIONS}"
    form.add_item(discord.ui.Label(text="Words", description=description, component=field))
    form.stop()
    return form


async def take(interaction: Interaction, _: str) -> None:
    """Take the submitted form."""
    if_slow(interaction, "privately")
    check_bot_is_here(interaction)
    filled = typed_in(interaction).get(_WORDS, "")
    rules = interaction.client.services.rules
    try:
        decided = await rules.pronounce(member_of(interaction), server_of(interaction), filled)
    except UserError as error:
        await refuse_form(interaction, error, lambda: pronunciations_form(filled))
        return
    match len(decided):
        case 0:
            said = "Every word is said here as the voice reads it."
        case 1:
            said = "One word is now said here as you wrote it."
        case number:
            said = f"{number} words are now said here as you wrote them."
    await answer(interaction, f"{said} What is shown beside a sound stays as it was typed.")


async def setup(bot: Mynah) -> None:
    register(bot, PRONUNCIATIONS, take)
