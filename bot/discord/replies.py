"""Answers interactions: with the outcome of their work, and with one sentence for each failure.

The work comes first, so an answer that a member sees holds even if the process dies at that moment.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.discord.codes import Code
from bot.discord.files import OutgoingFile
from bot.discord.first_response import (
    LINE_TROUBLES,
    AnyInteraction,
    DiscordTooSlow,
    FirstResponse,
    OutOfReach,
    Stage,
    may_pass,
)
from bot.errors import UserError
from bot.services.common.wording import mentioning_commands, quote
from bot.storage.engine.database import DatabaseTrouble
from bot.tries import tries

log = structlog.get_logger(__name__)

LONGEST_MESSAGE = 2000  # characters

_TEXTS = ("text", "transcript")  # options and inputs that take whole texts
_NOTHING_CAME = "Nothing came of this."  # for the others who read it, since only the member is told why

# Bytes; the upload of a larger file may take too long for a first response.
_LARGEST_FIRST_FILE = 512 * 1024
_FILE_SECONDS = 60.0


class TooLateForForm(UserError):
    def __init__(self) -> None:
        super().__init__("That took too long, so I could not open the form. Please try again.")


async def open_form(interaction: AnyInteraction, form: discord.ui.Modal) -> None:
    """Open a form. Its submission is an interaction of its own. Raises OutOfReach or a UserError."""
    response = FirstResponse.to(interaction)
    await response.settle()
    try:
        if not await response.answer(lambda: interaction.response.send_modal(form)):
            raise TooLateForForm
    except TimeoutError:
        raise DiscordTooSlow from None


async def update(
    interaction: AnyInteraction, text: str, *, view: discord.ui.View | None = None, keeps_files: bool = False
) -> None:
    """Replace the message of the used button by `text` and `view`. Drops its attachments unless it `keeps_files`.

    If that message cannot be changed any more, or if it has no such button, answer privately.
    """
    if interaction.message is None or _is_forged(interaction):
        await answer(interaction, text, view=view)
        return
    content = _clickable(interaction, text)
    files: Any = discord.utils.MISSING if keeps_files else []
    response = FirstResponse.to(interaction)
    with response.telling():
        try:
            await response.settle()
            if await response.answer(
                lambda: interaction.response.edit_message(content=content, view=view, attachments=files)
            ):
                return
            async for attempt in _tries(response):
                with attempt:
                    await interaction.edit_original_response(content=content, view=view, attachments=files)
        except OutOfReach:
            return
        except discord.HTTPException as error:  # such as 10008: the member has dismissed it
            log.info("message not updated", code=error.code, status=error.status)
            await answer(interaction, text, view=view)
        except LINE_TROUBLES as error:
            log.warning("message not updated", error=type(error).__name__)


def stands_under(message: discord.Message | None, custom_id: str) -> bool:
    """Return whether a message has a button or menu of that custom_id; a forged click may name any other."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)] if message else []
    return any(child.custom_id == custom_id for row in rows for child in row.children)


def _is_forged(interaction: AnyInteraction) -> bool:
    """Return whether a click names a message without that button: such a message must not be changed."""
    if interaction.type is not discord.InteractionType.component:
        return False
    return not stands_under(interaction.message, str((interaction.data or {}).get("custom_id", "")))


async def redraw(interaction: AnyInteraction, text: str) -> None:
    """Replace the message of the used button by `text`, without buttons, when something else has answered the click.

    A failure is only logged: a button that is left there still tells who presses it how things stand.
    """
    if interaction.message is None:
        return
    response = FirstResponse.to(interaction)
    try:
        async for attempt in _tries(response):
            with attempt:
                await interaction.followup.edit_message(
                    interaction.message.id, content=_clickable(interaction, text), view=None, attachments=[]
                )
    except (discord.HTTPException, *LINE_TROUBLES) as error:
        log.info("message not redrawn", error=type(error).__name__)


def _is_own(interaction: AnyInteraction) -> bool:
    """Return whether the message of a click answers something that the same member did."""
    made_by = interaction.message.interaction_metadata if interaction.message else None
    return made_by is not None and made_by.user.id == interaction.user.id


async def end_card(interaction: AnyInteraction, error: UserError) -> None:
    """Say why the buttons of a message do nothing any more, and remove them if it is this member's own answer."""
    if not _is_own(interaction):
        await answer(interaction, str(error))
        return
    response = FirstResponse.to(interaction)
    await response.settle()
    if response.is_open or response.manner == "update":
        await update(interaction, str(error))
    else:
        await answer(interaction, str(error))
        await redraw(interaction, str(error))


async def answer(
    interaction: AnyInteraction,
    text: str,
    *,
    view: discord.ui.View | None = None,
    file: OutgoingFile | None = None,
) -> None:
    """Answer privately: with the first response, or with a follow-up if there was one. Failures are logged.

    Raises what the file's `check` raises, which is awaited before each further try.
    """
    text = _clickable(interaction, text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…")
    reply = _Reply(text, view or discord.utils.MISSING, file)
    response = FirstResponse.to(interaction)
    with response.telling():
        try:
            await response.settle()
            if response.is_open and file is not None and len(file.data) > _LARGEST_FIRST_FILE:
                await response.acknowledge()
            if await response.answer(lambda: reply.respond(interaction)):
                return
            async for attempt in _tries(response, file):
                with attempt:
                    if file is not None and attempt.num > 1:
                        await file.allow_another_try()
                    await _say_afterwards(interaction, response, reply)
        except OutOfReach:
            return
        except discord.HTTPException as error:
            log.info("answer came too late", code=error.code, status=error.status)
        except (DiscordTooSlow, *LINE_TROUBLES) as error:
            log.warning("answer not delivered", error=type(error).__name__)


async def explain_to(interaction: AnyInteraction, error: BaseException, *, view: discord.ui.View | None = None) -> None:
    """End a failed interaction with the sentence for its error."""
    if not isinstance(error, OutOfReach):
        await refuse(interaction, explain(error), view=view)


async def refuse(interaction: AnyInteraction, sentence: str, *, view: discord.ui.View | None = None) -> None:
    """Say why an interaction failed, and give back the text that was typed for it, so that it can be sent again."""
    typed, file = _typed_text(interaction), None
    if typed:
        below = f"{sentence}\n-# Your text:\n{quote(typed)}"
        if len(_clickable(interaction, below)) > LONGEST_MESSAGE:
            below = f"{sentence}\nYour text is in the file."
            file = OutgoingFile("your-text.txt", typed.encode(errors="replace"))
        sentence = below
    await answer(interaction, sentence, view=view, file=file)


def _typed_text(interaction: AnyInteraction) -> str:
    """Return the text that somebody typed into a command or a form; "" if it takes none, or cannot be read."""
    data: Any = interaction.data or {}
    try:
        given = [*data.get("options", []), *(label.get("component", {}) for label in data.get("components", []))]
        while given:
            each = given.pop()
            given += each.get("options", [])
            if each.get("name", each.get("custom_id")) in _TEXTS and isinstance(each.get("value"), str):
                return each["value"]
    except (AttributeError, TypeError):  # Discord has sent something else than it documents
        return ""
    return ""


def explain(error: BaseException) -> str:
    """Return the sentence for an error. An unforeseen one is logged, and the sentence holds a reference to it."""
    match error:
        case UserError():
            return str(error)
        case DatabaseTrouble():
            log.error("database trouble", why=str(error))
            return "I cannot save anything right now, so nothing was done. Please try again in a few minutes."
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            return "This command has just changed. Please try it again in a moment."
        case app_commands.TransformerError():
            return "One of the options was not understood. Pick it again from the list."
        case _:
            reference = secrets.token_hex(3)
            log.error("interaction failed", reference=reference, exc_info=error)
            return f"Sorry, that failed on our side. If it happens again, mention `{reference}` to the bot's host."


@dataclass(frozen=True, slots=True)
class _Reply:
    """A private answer, and the ways to send it."""

    text: str
    view: Any
    file: OutgoingFile | None

    @property
    def files(self) -> Any:
        return [self.file.file()] if self.file else discord.utils.MISSING

    async def respond(self, interaction: AnyInteraction) -> None:
        await interaction.response.send_message(
            self.text, view=self.view, files=self.files, ephemeral=True, suppress_embeds=True
        )

    async def follow_up(self, interaction: AnyInteraction) -> None:
        await interaction.followup.send(
            self.text, view=self.view, files=self.files, ephemeral=True, suppress_embeds=True
        )

    async def replace_private_thinking(self, interaction: AnyInteraction) -> None:
        await interaction.edit_original_response(content=self.text, view=self.view, attachments=self.files)

    async def replace_public_thinking(self, interaction: AnyInteraction) -> None:
        """Delete a public "thinking…" and answer in private. One that cannot be deleted only says that nothing came.

        It may hold a sound that has been taken back since.
        """
        try:
            await interaction.delete_original_response()
        except discord.HTTPException as error:
            if error.code != Code.UNKNOWN_MESSAGE:  # otherwise somebody has deleted it already
                if _nothing_was_done(error):
                    raise
                await interaction.edit_original_response(content=_NOTHING_CAME, view=None, attachments=[])
        await self.follow_up(interaction)


async def _say_afterwards(interaction: AnyInteraction, response: FirstResponse, reply: _Reply) -> None:
    """Send an answer after the first response."""
    if response.stage is Stage.ACKNOWLEDGED and response.manner == "privately":
        await reply.replace_private_thinking(interaction)
    elif response.stage is Stage.ACKNOWLEDGED and response.manner == "publicly":
        await reply.replace_public_thinking(interaction)
    else:
        await reply.follow_up(interaction)


def _clickable(interaction: AnyInteraction, text: str) -> str:
    return mentioning_commands(text, interaction.client.command_mentions, most=LONGEST_MESSAGE)


def _tries(response: FirstResponse, file: OutgoingFile | None = None) -> Any:
    """Try for as long as the answer can be edited: who gets none sees "thinking…" all that time.

    With a file, try for a minute, since many of them would fill the memory meanwhile.
    """
    seconds = response.editable_seconds if file is None else min(response.editable_seconds, _FILE_SECONDS)
    return tries(_nothing_was_done, attempts=None, timeout=seconds, wait_initial=0.2, wait_max=20.0, wait_jitter=0.3)


def _nothing_was_done(error: Exception) -> bool:
    """Return whether another try may go better. If Discord is unwell, discord.py has tried five times itself."""
    if isinstance(error, discord.HTTPException) and error.status >= 500:
        return False
    return may_pass(error)
