"""Reads what was typed into a form, which an earlier process may have opened, and opens a refused form again."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import discord

from bot.discord.client import Interaction, Mynah, RefusedForm
from bot.discord.replies import explain_to, open_form
from bot.errors import UserError
from cogs.common.persistent import persistent_view, register

CORRECT = "mynah-correct"  # prefix of the custom_id
MOST_REFUSED, MOST_EACH = 500, 5  # forms of everybody, and of one member


class FormForgotten(UserError):
    def __init__(self) -> None:
        super().__init__("I don't have what you typed any more. Please open the form again and type it anew.")


def typed_in(interaction: Interaction) -> dict[str, str]:
    """Return what was typed into the fields of a submitted form, by their custom_ids."""
    data: Any = interaction.data
    fields = [label.get("component", {}) for label in data.get("components", [])]
    return {str(field.get("custom_id")): str(field.get("value") or "") for field in fields}


async def refuse_form(interaction: Interaction, error: UserError, as_filled: Callable[[], discord.ui.Modal]) -> None:
    """Say what is wrong with a submitted form, with a button that opens it again `as_filled`."""
    key, kept, member_id = token_hex(8), interaction.client.refused_forms, interaction.user.id
    kept[key] = (member_id, as_filled)
    for oldest in _of(member_id, kept)[:-MOST_EACH] or list(kept)[:-MOST_REFUSED]:  # one's own before those of others
        del kept[oldest]
    button = discord.ui.Button[Any](label="Correct", style=discord.ButtonStyle.primary, custom_id=f"{CORRECT}:{key}")
    await explain_to(interaction, error, view=persistent_view(button))


async def correct(interaction: Interaction, key: str) -> None:
    """Open a refused form again as it was filled in. Raises FormForgotten, also after a restart."""
    member_id, as_filled = interaction.client.refused_forms.get(key, (0, None))
    if as_filled is None or member_id != interaction.user.id:
        raise FormForgotten
    await open_form(interaction, as_filled())


def forget_forms(interaction: Interaction) -> None:
    """Forget what the member who uses an interaction has typed into refused forms."""
    kept, member_id = interaction.client.refused_forms, interaction.user.id
    for key in _of(member_id, kept):
        del kept[key]


def _of(member_id: int, kept: dict[str, RefusedForm]) -> list[str]:
    return [key for key, (filler_id, _) in kept.items() if filler_id == member_id]


async def setup(bot: Mynah) -> None:
    register(bot, CORRECT, correct)
