"""Hands out a server's log: uses of other people's voices, shares, blocks and takedowns, for the managers to read.

Each entry is written in the same transaction as what it reports (`bot.storage.common.outbox`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from secrets import token_hex

import structlog

from bot.clock import DAY, MINUTE, SECOND, Clock
from bot.models.servers import LogEntry
from bot.storage.servers.server_log import ServerLogStore

log = structlog.get_logger(__name__)

LONGEST_MESSAGE = 2000  # characters, Discord's limit
AT_ONCE = 200  # entries
CLAIM = MINUTE
UNCLEAR_PAUSE = 15 * SECOND
CLOSED_PAUSE = 10 * MINUTE
KEPT = DAY  # an entry that no channel takes


@dataclass(frozen=True, slots=True)
class LogMessage:
    """Entries that are posted together."""

    id: str  # Discord's nonce is made from it
    guild_id: int


@dataclass(frozen=True, slots=True)
class Posting:
    """A message as it is to be posted now."""

    channel_id: int | None  # None if the managers want no log any more
    text: str


class ServerLogService:
    def __init__(self, store: ServerLogStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def due(self) -> list[LogMessage]:
        """Claim the due entries as messages. The caller posts each, puts it off or gives it up."""
        now = self._clock.now()
        entries = await self._store.claim(now=now, until=now + CLAIM, most=AT_ONCE)
        messages: list[LogMessage] = []
        for batch, together in _batches(entry for entry in entries if entry.batch is not None):
            messages.append(LogMessage(batch, together[0].guild_id))
        for together in _pages(entry for entry in entries if entry.batch is None):
            batch = token_hex(8)
            await self._store.put_together(together, batch)
            messages.append(LogMessage(batch, together[0].guild_id))
        return messages

    async def posting_of(self, message: LogMessage) -> Posting | None:
        """Read a message right before it is posted. Returns None if all of it was deleted, as by an erasure."""
        channel_id, entries = await self._store.posting_of(message.id, message.guild_id)
        return Posting(channel_id, _text(entries)[:LONGEST_MESSAGE]) if entries else None

    async def posted(self, message: LogMessage) -> None:
        await self._store.finish(message.id, message.guild_id)

    async def unclear(self, message: LogMessage) -> None:
        """Plan another try with the same nonce, since Discord may or may not have the message."""
        await self._store.put_off(message.id, self._clock.now() + UNCLEAR_PAUSE)

    async def refused(self, message: LogMessage, channel_id: int, why: str) -> None:
        """Note that the channel takes no messages. Managers see `why`, a sentence, in the server's settings.

        What concerns only a channel that the log has left is dropped: nobody will open it again for that.
        """
        await self._store.drop_if_only_there(message.id)
        log.info("log channel closed", guild_id=message.guild_id)
        await self._store.note_trouble(message.guild_id, channel_id, why)
        await self._store.put_off(message.id, self._clock.now() + CLOSED_PAUSE)

    async def try_claimed_now(self) -> None:
        await self._store.try_claimed_now(self._clock.now())

    async def next_due(self) -> int | None:
        return await self._store.next_due()

    async def drop_old(self) -> None:
        await self._store.drop_before(self._clock.now() - KEPT)


def _batches(entries: Iterable[LogEntry]) -> list[tuple[str, list[LogEntry]]]:
    def batch_of(entry: LogEntry) -> str:
        return entry.batch or ""

    return [(batch, list(together)) for batch, together in groupby(sorted(entries, key=batch_of), key=batch_of)]


def _pages(entries: Iterable[LogEntry]) -> list[list[LogEntry]]:
    """Group entries by their channel, as many as fit into one message."""

    def place_of(entry: LogEntry) -> tuple[int, int]:
        return entry.guild_id, entry.channel_id or 0

    pages: list[list[LogEntry]] = []
    for entry in sorted(entries, key=place_of):
        page = pages[-1] if pages else []
        if page and place_of(page[0]) == place_of(entry) and len(_text([*page, entry])) <= LONGEST_MESSAGE:
            page.append(entry)
        else:
            pages.append([entry])
    return pages


def _text(entries: list[LogEntry]) -> str:
    return "\n".join(f"<t:{entry.created_at // SECOND}:t> {entry.sentence}" for entry in entries)
