"""Shows what a person sees, and waits for the answer to what they did."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.changes import Changes
from sandbox.discord.validation.components import BUTTON, TEXT_DISPLAY, walk
from sandbox.discord.world.clock import Clock
from sandbox.discord.world.model import (
    FIRST_RESPONSE_SECONDS,
    TOKEN_SECONDS,
    Attachment,
    CallbackType,
    Interaction,
    Message,
)
from sandbox.discord.world.shapes import listed, nested

Found = TypeVar("Found")

_COMMAND_MENTION = re.compile(r"</([\w -]+):\d+>")

NO_RESPONSE = "The application did not respond"


class NotTold(AssertionError):
    """The expected message did not come; the sentence says what came instead."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A message as it looked at one moment; `message` is the living one."""

    message: Message | None = None
    text: str = ""  # content, embeds and text components, as far as a person reads them
    ephemeral: bool = False
    files: tuple[Attachment, ...] = ()
    buttons: tuple[str, ...] = ()  # labels of those that can be pressed

    @property
    def audio(self) -> bytes:
        """The bytes of the first file."""
        if not self.files:
            raise AssertionError(f"There is no file beside: {self.text}")
        return self.files[0].data


@dataclass(frozen=True, kw_only=True)
class Reply(Seen):
    """The answer to a command, a button or a form."""

    interaction: Interaction
    failed: str | None = None  # Discord's own sentence if the bot did not answer in time
    choices: tuple[tuple[str, Any], ...] = ()
    modal: dict[str, Any] | None = None


def look_at(message: Message) -> Seen:
    return Seen(message=message, **_looks(message))


def _looks(message: Message) -> dict[str, Any]:
    return {
        "text": shown_text(message),
        "ephemeral": message.ephemeral,
        "files": tuple(message.attachments),
        "buttons": tuple(
            str(component.get("label"))
            for component in walk(message.components)
            if component.get("type") == BUTTON and not component.get("disabled")
        ),
    }


def shown_text(message: Message) -> str:
    """Return all text in a message that a person reads, one piece per line."""
    pieces: list[Any] = [message.content]
    for embed in message.embeds:
        pieces += [nested(embed, "author").get("name"), embed.get("title"), embed.get("description")]
        for field in listed(embed, "fields"):
            pieces += [field.get("name"), field.get("value")]
        pieces.append(nested(embed, "footer").get("text"))
    pieces += [part.get("content") for part in walk(message.components) if part.get("type") == TEXT_DISPLAY]
    # A mention of a command reads as its name.
    return _COMMAND_MENTION.sub(r"`/\1`", "\n".join(piece for piece in pieces if piece))


class Use:
    """A command, click or form that was sent, and its answer so far."""

    def __init__(self, interaction: Interaction, clock: Clock, note: Callable[[Message], None]) -> None:
        """Follow an interaction; `note` is told which message turned out to be the reply."""
        self.interaction = interaction
        self._clock = clock
        self._note = note

    @property
    def thinking(self) -> bool:
        return self.interaction.thinking

    @property
    def messages(self) -> list[Seen]:
        """The messages of the answer that can be seen now."""
        sent = [self.interaction.original, *self.interaction.followups]
        return [look_at(message) for message in sent if message is not None and not message.deleted]

    async def answered(self) -> bool:
        """Wait for the first response. Returns False if it did not come within Discord's three seconds."""
        deadline = self.interaction.created_at + FIRST_RESPONSE_SECONDS
        return await self._by(deadline, lambda: self.interaction.answered) is not None

    async def reply(self, *, within: float = 60) -> Reply:
        """Wait for the answer: a first response that is no deferral, or the message that follows a deferral.

        Raises TimeoutError after `within` real seconds of “thinking…”.
        """
        interaction = self.interaction
        if not await self.answered():
            return Reply(interaction=interaction, failed=NO_RESPONSE)
        if interaction.answered is CallbackType.AUTOCOMPLETE_RESULT:
            choices = listed(interaction.answer, "choices")
            return Reply(interaction=interaction, choices=tuple((each["name"], each["value"]) for each in choices))
        if interaction.answered is CallbackType.MODAL:
            return Reply(interaction=interaction, modal=interaction.answer)
        async with asyncio.timeout(within):
            message = await self._by(interaction.created_at + TOKEN_SECONDS, lambda: _settled(interaction))
        if message is None:
            return Reply(interaction=interaction, failed=NO_RESPONSE)
        self._note(message)
        return Reply(interaction=interaction, message=message, **_looks(message))

    async def _by(self, moment: float, look: Callable[[], Found | None]) -> Found | None:
        """Return what `look` finds before `moment` on Discord's clock, or None."""
        found = asyncio.ensure_future(self.interaction.changes.until(look))
        over = asyncio.ensure_future(self._clock.until(moment))
        try:
            await asyncio.wait({found, over}, return_when=asyncio.FIRST_COMPLETED)
            return look()
        finally:
            found.cancel()
            over.cancel()


def _settled(interaction: Interaction) -> Message | None:
    """Return the message that answers the interaction, or None while there is none."""
    if interaction.answered in (CallbackType.MESSAGE, CallbackType.UPDATE) or interaction.filled:
        return interaction.original
    waits_for_followup = interaction.answered is CallbackType.DEFERRED_UPDATE or interaction.original_deleted
    if waits_for_followup and interaction.followups:
        return interaction.followups[0]
    if interaction.answered is CallbackType.DEFERRED_UPDATE and interaction.original_deleted:
        return interaction.original
    return None


async def wait_for(changes: Changes, look: Callable[[], bool], within: float, complaint: str) -> None:
    """Wait until `look` returns True. Raises NotTold with `complaint` after `within` seconds."""
    try:
        async with asyncio.timeout(within):
            await changes.until(lambda: look() or None)
    except TimeoutError:
        raise NotTold(complaint) from None
