"""How an interaction is answered: acknowledged in time, and every failure as one sentence."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Literal, TypeAlias

import aiohttp
import discord
import stamina
import structlog
from discord import app_commands

from bot.errors import UserError
from bot.storage.engine.database import DatabaseTrouble

log = structlog.get_logger(__name__)

AnyInteraction: TypeAlias = "discord.Interaction[Any]"
Manner: TypeAlias = Literal["privately", "publicly", "update"]

LONGEST_MESSAGE = 2000  # characters

# What discord.py lets through when the line to Discord breaks.
LINE_TROUBLES = (OSError, TimeoutError, aiohttp.ClientError)

# Discord waits three seconds for the first response; what takes longer would be refused.
_FIRST_RESPONSE_SECONDS = 2.8
_LONGEST_SILENCE = 1.5  # seconds; the rest is for the way to Discord

# discord.py waits at least a second before it sends a failed request again (`webhook/async_.py`).
_FIRST_RETRY_SECONDS = 1.0

_ALREADY_ACKNOWLEDGED = 40060

# Keys in `Interaction.extras`
_MANNER = "manner"  # how it was, or was to be, acknowledged
_UNCLEAR = "unclear"  # there while Discord may have the acknowledgement or not


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that goes with an answer, as bytes: a `discord.File` is good for one try only."""

    name: str
    data: bytes = field(repr=False)
    description: str | None = None  # for those who do not see it

    def file(self) -> discord.File:
        return discord.File(BytesIO(self.data), self.name, description=self.description)


class OutOfReach(Exception):
    """The interaction cannot be answered any more, or somebody else answers it: there is nothing left to do."""


async def think(interaction: AnyInteraction, *, privately: bool) -> None:
    """Show "thinking…", unless it shows already; whether the outcome is private is fixed here. Raises OutOfReach."""
    if _MANNER not in interaction.extras:
        await _acknowledge(
            interaction,
            "privately" if privately else "publicly",
            lambda: interaction.response.defer(ephemeral=privately, thinking=True),
        )


@asynccontextmanager
async def thinking_if_slow(interaction: AnyInteraction) -> AsyncGenerator[None]:
    """Show a public "thinking…" as soon as the block takes so long that Discord would give up. Raises OutOfReach."""
    over = asyncio.Event()

    async def watch() -> None:
        try:
            await asyncio.wait_for(over.wait(), _LONGEST_SILENCE)
        except TimeoutError:
            await think(interaction, privately=False)

    watching = asyncio.create_task(watch(), name="watch")
    try:
        yield
    finally:
        over.set()
        await watching


async def acknowledge(interaction: AnyInteraction) -> None:
    """Take note of a click whose message will be edited. Raises OutOfReach."""
    await _acknowledge(interaction, "update", interaction.response.defer)


async def open_form(interaction: AnyInteraction, form: discord.ui.Modal) -> None:
    """Show a form; what is typed comes as an interaction of its own. Raises OutOfReach."""
    await _acknowledge(interaction, "update", lambda: interaction.response.send_modal(form))


async def update(interaction: AnyInteraction, text: str, *, view: discord.ui.View | None = None) -> None:
    """Let the message whose button was used say `text`, above `view`, without what was attached to it.

    What was done is done, also if that fails.
    """
    try:
        async for attempt in stamina.retry_context(on=LINE_TROUBLES, attempts=3, wait_initial=0.2, wait_jitter=0.3):
            with attempt:
                await interaction.edit_original_response(content=text, view=view, attachments=[])
    except (discord.HTTPException, *LINE_TROUBLES) as error:  # such as 10008: the member has dismissed it
        log.info("message not updated", error=type(error).__name__)


async def answer(
    interaction: AnyInteraction,
    text: str,
    *,
    view: discord.ui.View | None = None,
    file: OutgoingFile | None = None,
) -> None:
    """Say something to the person who used the interaction, alone, in whichever way is still open."""
    text = text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
    try:
        async for attempt in stamina.retry_context(on=LINE_TROUBLES, attempts=3, wait_initial=0.2, wait_jitter=0.3):
            with attempt:
                await _answer(interaction, text, view or discord.utils.MISSING, file)
    except discord.HTTPException as error:
        log.info("answer came too late", code=error.code, status=error.status)
    except LINE_TROUBLES as error:
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


async def _acknowledge(interaction: AnyInteraction, manner: Manner, respond: Callable[[], Awaitable[Any]]) -> None:
    """Give the first response, again where the line broke. Raises OutOfReach."""
    interaction.extras[_MANNER], interaction.extras[_UNCLEAR] = manner, True
    began, tries = time.monotonic(), 0
    try:
        async with asyncio.timeout(_FIRST_RESPONSE_SECONDS):
            async for attempt in stamina.retry_context(
                on=LINE_TROUBLES, attempts=None, timeout=None, wait_initial=0.05, wait_max=0.5, wait_jitter=0.1
            ):
                with attempt:
                    tries += 1
                    await respond()
    except TimeoutError:
        raise UserError("Discord was too slow just now, so nothing was done. Please try again.") from None
    except discord.HTTPException as error:
        # Whoever is refused at the first try comes second, after another process. Later it was our own first try
        # that arrived although its answer got lost; discord.py's own tries show by their pause.
        is_ours = tries > 1 or time.monotonic() - began >= _FIRST_RETRY_SECONDS
        if error.code != _ALREADY_ACKNOWLEDGED or not is_ours:
            log.info("interaction out of reach", code=error.code, status=error.status)
            raise OutOfReach from error
    del interaction.extras[_UNCLEAR]


async def _answer(interaction: AnyInteraction, text: str, view: Any, file: OutgoingFile | None) -> None:
    manner: Manner | None = interaction.extras.get(_MANNER)
    if manner is None or _UNCLEAR in interaction.extras:
        if await _is_said_first(interaction, text, view, file) or manner is None:
            return
        del interaction.extras[_UNCLEAR]  # the acknowledgement did arrive
    match manner:
        case "privately":
            attachments = [file.file()] if file else discord.utils.MISSING
            await interaction.edit_original_response(content=text, view=view, attachments=attachments)
        case "publicly":
            await _replace_thinking(interaction, text, view, file)
        case _:
            await _follow_up(interaction, text, view, file)


async def _is_said_first(interaction: AnyInteraction, text: str, view: Any, file: OutgoingFile | None) -> bool:
    """Make it the first response; False where there is one already."""
    try:
        await interaction.response.send_message(text, view=view, file=_file(file), ephemeral=True, suppress_embeds=True)
    except discord.InteractionResponded:
        await _follow_up(interaction, text, view, file)
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise
        return False
    return True


async def _replace_thinking(interaction: AnyInteraction, text: str, view: Any, file: OutgoingFile | None) -> None:
    """Take a public "thinking…" away, so that the sentence can be private; if it stays, it says the sentence."""
    try:
        await interaction.delete_original_response()
    except discord.NotFound:
        pass  # somebody has deleted it already
    except discord.HTTPException:
        await interaction.edit_original_response(content=text, view=view)
        return
    await _follow_up(interaction, text, view, file)


async def _follow_up(interaction: AnyInteraction, text: str, view: Any, file: OutgoingFile | None) -> None:
    await interaction.followup.send(text, view=view, file=_file(file), ephemeral=True, suppress_embeds=True)


def _file(file: OutgoingFile | None) -> Any:
    return file.file() if file else discord.utils.MISSING
