"""What all buttons and menus share that work for ever: they know everything from their custom_id, across restarts."""

import re
from abc import ABC, abstractmethod
from typing import Any, Self

import discord

from bot.client import Interaction
from bot.errors import UserError
from bot.replies import explain_to


class UnknownButton(UserError):
    def __init__(self) -> None:
        super().__init__("This button does nothing any more. `/voice list` shows what you have.")


class Persistent(ABC):
    """Goes before `discord.ui.DynamicItem`, whose errors would be seen in the log alone."""

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - discord.py hands it over
        item: discord.ui.Item[Any],  # noqa: ARG003 - likewise
        match: re.Match[str],
        /,
    ) -> Self:
        return cls.of(match)

    @classmethod
    @abstractmethod
    def of(cls, match: re.Match[str]) -> Self:
        """The button or menu that has this custom_id."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was asked for, once, and explain to whoever asked why it cannot be done."""
        if not await interaction.client.takes_on(interaction):
            return
        try:
            await self.operate(interaction)
        except Exception as error:
            await explain_to(interaction, error)

    @abstractmethod
    async def operate(self, interaction: Interaction) -> None:
        """Do what was asked for. Raises a UserError that says why it cannot be done."""


def stands_under(message: discord.Message | None, custom_id: str) -> bool:
    """Whether a message has a button or menu of that custom_id; if not, discord.py passes over the press."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)] if message else []
    return any(child.custom_id == custom_id for row in rows for child in row.children)
