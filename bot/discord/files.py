"""Files that go with a message or an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO

import discord


class _NotTakenAtOnce(ConnectionError):
    """Discord did not take a file at the first try."""


class SentOnce(discord.File):
    """A file that discord.py sends once. During the pauses of its own retries, the permission to send could end."""

    def reset(self, *, seek: int | bool = True) -> None:
        if seek:  # the number of the try
            raise _NotTakenAtOnce
        super().reset(seek=seek)


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that goes with an answer, as bytes, since a `discord.File` can be sent only once."""

    name: str
    data: bytes = field(repr=False)
    description: str | None = None  # for members who cannot see it
    check: Callable[[], Awaitable[None]] | None = None  # raises a UserError once it may not be sent any more

    def file(self) -> discord.File:
        kind = discord.File if self.check is None else SentOnce
        return kind(BytesIO(self.data), self.name, description=self.description)

    async def allow_another_try(self) -> None:
        """Raise what `check` raises."""
        if self.check is not None:
            await self.check()
