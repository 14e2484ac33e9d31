"""Buttons, menus and forms that work for ever, also after a restart: their custom_id says all that they need.

A custom_id begins with a prefix and a colon. The prefix says which handler answers; only that handler reads the rest.
"""

from typing import Any

import discord
from discord.ext import commands

from bot.discord.client import ComponentHandler, Interaction, Mynah
from bot.discord.replies import explain_to
from bot.errors import UserError

_KINDS = (discord.InteractionType.component, discord.InteractionType.modal_submit)


class UnknownButton(UserError):
    def __init__(self) -> None:
        super().__init__("This button does nothing any more. `/voice list` shows what you have.")


def register(bot: Mynah, prefix: str, handler: ComponentHandler) -> None:
    """Let `handler` answer every button, menu and form whose custom_id begins with `prefix:`."""
    if prefix in bot.component_handlers:
        raise ValueError(f"{prefix} is registered twice")
    bot.component_handlers[prefix] = handler


def persistent_view(*items: discord.ui.Item[Any]) -> discord.ui.View:
    """Return a view that discord.py does not listen to: the handlers answer it, however old its message is."""
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view


class PersistentComponents(commands.Cog):
    """The one listener for buttons, menus and forms, and their error boundary."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type not in _KINDS:
            return
        try:
            if await interaction.client.takes_on(interaction):
                prefix, _, rest = str((interaction.data or {}).get("custom_id", "")).partition(":")
                await interaction.client.component_handlers.get(prefix, _refuse)(interaction, rest)
        except Exception as error:
            await explain_to(interaction, error)


async def _refuse(_: Interaction, __: str) -> None:
    raise UnknownButton


async def setup(bot: Mynah) -> None:
    await bot.add_cog(PersistentComponents())
