"""How an interaction is answered: acknowledged in time, and every failure as one sentence."""

import asyncio
import secrets
import time
from collections.abc import Coroutine
from typing import Any, TypeAlias

import discord
import structlog
from discord import app_commands

from bot.errors import UserError
from bot.storage.database import DatabaseTrouble

log = structlog.get_logger(__name__)

AnyInteraction: TypeAlias = "discord.Interaction[Any]"

LONGEST_MESSAGE = 2000  # characters

# Discord waits three seconds for the first response; what takes longer would be refused.
_FIRST_RESPONSE_SECONDS = 2.8

# discord.py waits at least a second before it sends a failed request again (`webhook/async_.py`).
_FIRST_RETRY_SECONDS = 1.0

_ALREADY_ACKNOWLEDGED = 40060

_DEFERRED = "deferred"  # key in `Interaction.extras`


class OutOfReach(Exception):
    """The interaction cannot be answered any more, or somebody else answers it: there is nothing left to do."""


async def think(interaction: AnyInteraction, *, privately: bool) -> None:
    """Show "thinking…", unless it shows already; whether the outcome is private is fixed here. Raises OutOfReach."""
    if _DEFERRED in interaction.extras:
        return
    await _first_response(interaction.response.defer(ephemeral=privately, thinking=True))
    interaction.extras[_DEFERRED] = "privately" if privately else "publicly"


async def acknowledge(interaction: AnyInteraction) -> None:
    """Take note of a click whose message will be edited. Raises OutOfReach."""
    await _first_response(interaction.response.defer())
    interaction.extras[_DEFERRED] = "update"


async def answer(interaction: AnyInteraction, text: str, *, view: discord.ui.View | None = None) -> None:
    """Say something to the person who used the interaction, alone, in whichever way is still open."""
    text = text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
    try:
        await _answer(interaction, text, view or discord.utils.MISSING)
    except discord.HTTPException as error:
        log.info("answer came too late", code=error.code, status=error.status)
    except (OSError, TimeoutError) as error:
        log.warning("answer not delivered", error=type(error).__name__)


async def explain_to(interaction: AnyInteraction, error: BaseException) -> None:
    """End a failed interaction with the sentence for its error."""
    if not isinstance(error, OutOfReach):
        await answer(interaction, explain(error))


def explain(error: BaseException) -> str:
    """One sentence for a person; what nobody foresaw is logged, and the person gets the reference."""
    match error:
        case UserError():
            return str(error)
        case DatabaseTrouble():
            log.error("database trouble", exc_info=error)
            return "I cannot save anything right now, so nothing was done. Please try again in a few minutes."
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            return "This command has just changed. Please try it again in a moment."
        case app_commands.TransformerError():
            return "One of the options was not understood. Pick it again from the list."
        case _:
            reference = secrets.token_hex(3)
            log.error("interaction failed", reference=reference, exc_info=error)
            return f"Sorry, that failed on our side. If it happens again, mention `{reference}` to the bot's host."


async def _first_response(sending: Coroutine[Any, Any, Any]) -> None:
    began = time.monotonic()
    try:
        async with asyncio.timeout(_FIRST_RESPONSE_SECONDS):
            await sending
    except TimeoutError:
        raise UserError("Discord was too slow just now, so nothing was done. Please try again.") from None
    except discord.HTTPException as error:
        # Whoever is refused at once comes second, after another process or an event delivered twice. After a pause,
        # it was our own first try that arrived although its answer got lost.
        if error.code == _ALREADY_ACKNOWLEDGED and time.monotonic() - began >= _FIRST_RETRY_SECONDS:
            return
        log.info("interaction out of reach", code=error.code, status=error.status)
        raise OutOfReach from error


async def _answer(interaction: AnyInteraction, text: str, view: Any) -> None:
    match interaction.extras.get(_DEFERRED):
        case "privately":
            await interaction.edit_original_response(content=text, view=view)
        case "publicly":
            await _replace_thinking(interaction, text, view)
        case None if not interaction.response.is_done():
            await _send_first(interaction, text, view)
        case _:
            await interaction.followup.send(text, view=view, ephemeral=True)


async def _send_first(interaction: AnyInteraction, text: str, view: Any) -> None:
    try:
        await interaction.response.send_message(text, view=view, ephemeral=True)
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise
        await interaction.followup.send(text, view=view, ephemeral=True)


async def _replace_thinking(interaction: AnyInteraction, text: str, view: Any) -> None:
    """Take a public "thinking…" away, so that the sentence can be private; if it stays, it says the sentence."""
    try:
        await interaction.delete_original_response()
    except discord.NotFound:
        pass  # somebody has deleted it already
    except discord.HTTPException:
        await interaction.edit_original_response(content=text, view=view)
        return
    await interaction.followup.send(text, view=view, ephemeral=True)
