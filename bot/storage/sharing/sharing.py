"""The `share` table: which audience may use which voice in which server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from bot.models.common import Work
from bot.models.sharing import Cause, Share
from bot.storage.common import outbox
from bot.storage.common.voice_rows import voice_of
from bot.storage.engine.database import Guard, Row, Session
from bot.storage.engine.store import Store, reads, writes
from bot.storage.sharing import retired_names


class TooManyShares(Exception):
    """A voice has as many shares in one server as it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareEnd:
    """A share to end, and what is said about it."""

    share: Share
    cause: Cause
    by_id: int
    by_name: str  # the member who ends it; if it ends by itself, whose it was
    entry: str  # for the server's log


class ShareStore(Store):
    @writes
    async def add(self, db: Session, share: Share, *, guard: Guard, entry: str, most: int) -> bool:
        """Share a trained voice. Returns False if it is not trained any more. The same audience again gets the new end.

        `entry` is the sentence for the server's log, `most` how many shares a voice may have in one server. Raises
        TooManyShares, or what `guard` raises.
        """
        await guard(db)
        query = "SELECT id FROM voice WHERE id = $1 AND state = 'trained'"
        if await db.fetch_one(query, share.voice.id) is None:
            return False
        query = """
            INSERT INTO share (voice_id, guild_id, audience, target_id, until, shared_by, shared_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (voice_id, guild_id, audience, target_id)
            DO UPDATE SET until = excluded.until, shared_by = excluded.shared_by, shared_at = excluded.shared_at
        """
        audience = share.audience
        await db.execute(
            query,
            share.voice.id,
            share.guild_id,
            audience.kind.value,
            audience.target_id,
            share.until,
            share.shared_by,
            share.shared_at,
        )
        query = "SELECT COUNT(*) AS shares FROM share WHERE voice_id = $1 AND guild_id = $2"
        counted = await db.fetch_one(query, share.voice.id, share.guild_id)
        if counted is not None and counted["shares"] > most:
            raise TooManyShares
        await outbox.add_log_entry(db, share.guild_id, entry, now=share.shared_at)
        db.wakes(Work.SHARES)
        return True

    @writes
    async def end(self, db: Session, ends: Sequence[ShareEnd], now: int, *, guard: Guard | None = None) -> list[Share]:
        """End shares. Returns those that it ended: not one that was gone, or was given again since it was read.

        Raises what `guard` raises.
        """
        if guard is not None:
            await guard(db)
        return [end.share for end in ends if await _end(db, end, now)]

    @reads
    async def in_server(self, db: Session, guild_id: int) -> list[Share]:
        return await shares_in(db, guild_id)

    async def of_voice(self, voice_id: str) -> list[Share]:
        return await self._shares(
            SHARES + "WHERE share.voice_id = $1 ORDER BY share.shared_at, share.guild_id", voice_id
        )

    async def over(self, now: int) -> list[Share]:
        """Return the shares whose time is over."""
        return await self._shares(SHARES + "WHERE share.until <= $1" + _OLDEST_VOICE_FIRST, now)

    @reads
    async def _shares(self, db: Session, query: LiteralString, value: int | str) -> list[Share]:
        return [share_of(row) for row in await db.fetch_all(query, value)]


async def shares_of_voices(db: Session, voices: LiteralString, value: int) -> list[Share]:
    """Return the shares of the voices whose ids the query `voices` finds with `value`, oldest first."""
    query = SHARES + "WHERE share.voice_id IN (" + voices + ") ORDER BY share.shared_at, share.guild_id"
    return [share_of(row) for row in await db.fetch_all(query, value)]


async def shares_in(db: Session, guild_id: int, *, voice_id: str | None = None) -> list[Share]:
    """Return the shares of a server, oldest voices first. Includes shares that are over but not ended yet.

    With `voice_id`, returns only those of that voice.
    """
    query = (
        SHARES
        + "WHERE share.guild_id = $1 AND voice.state NOT IN ('draft', 'deleting') AND (voice.id = $2 OR $2 = '')"
        + _OLDEST_VOICE_FIRST
    )
    return [share_of(row) for row in await db.fetch_all(query, guild_id, voice_id or "")]


SHARES: LiteralString = """
    SELECT voice.*, share.guild_id AS shared_in, audience, target_id, until, shared_by, shared_at
    FROM share JOIN voice ON voice.id = share.voice_id
"""
_OLDEST_VOICE_FIRST: LiteralString = " ORDER BY voice.created_at, voice.id, share.shared_at"


async def _end(db: Session, end: ShareEnd, now: int) -> bool:
    query = """
        DELETE FROM share
        WHERE voice_id = $1 AND guild_id = $2 AND audience = $3 AND target_id = $4 AND shared_at = $5
    """
    share = end.share
    guild_id, audience = share.guild_id, share.audience
    if not await db.execute(query, share.voice.id, guild_id, audience.kind.value, audience.target_id, share.shared_at):
        return False
    await retired_names.record(
        db, share.voice, guild_id, audience, end.cause, by_id=end.by_id, by_name=end.by_name, now=now
    )
    await outbox.add_log_entry(db, guild_id, end.entry, now=now)
    db.wakes(Work.SHARES)
    return True


def share_of(row: Row) -> Share:
    return Share(
        voice=voice_of(row),
        guild_id=row["shared_in"],
        audience=retired_names.audience_of(row),
        until=row["until"],
        shared_by=row["shared_by"],
        shared_at=row["shared_at"],
    )
