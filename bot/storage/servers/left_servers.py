"""Deletes the data of servers that the bot has left: some at once, the rest if nobody invites it again."""

from typing import LiteralString

from bot.models.common import Work
from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads, writes

# Every server with data here that is not marked as left. `share` comes after the EXCEPT, so that a share which was made
# while the bot was being removed is found too.
_KNOWN: LiteralString = """
    SELECT guild_id FROM server UNION SELECT guild_id FROM voice WHERE guild_id IS NOT NULL
    UNION SELECT guild_id FROM server_grant UNION SELECT guild_id FROM forbidden_word
    UNION SELECT guild_id FROM block UNION SELECT guild_id FROM log_entry
    UNION SELECT guild_id FROM utterance WHERE guild_id IS NOT NULL
    UNION SELECT guild_id FROM departure WHERE guild_id <> 0 UNION SELECT guild_id FROM server_default
    UNION SELECT guild_id FROM server_pronunciation
    EXCEPT SELECT guild_id FROM server WHERE left_at IS NOT NULL
    UNION SELECT guild_id FROM share
"""

_GOES_AT_ONCE: tuple[LiteralString, ...] = (
    "DELETE FROM share WHERE guild_id = $1",
    "DELETE FROM departure WHERE guild_id = $1",
    "DELETE FROM log_entry WHERE guild_id = $1",  # nobody can post them any more
    "DELETE FROM one_off WHERE guild_id = $1",
)

# Voices stay, without the server in which they were made.
_GOES_LATER: tuple[LiteralString, ...] = (
    *_GOES_AT_ONCE,
    "DELETE FROM server_grant WHERE guild_id = $1",
    "DELETE FROM forbidden_word WHERE guild_id = $1",
    "DELETE FROM block WHERE guild_id = $1",
    "DELETE FROM utterance WHERE guild_id = $1",
    "DELETE FROM server_default WHERE guild_id = $1",
    "DELETE FROM server_pronunciation WHERE guild_id = $1",
    "UPDATE voice SET guild_id = NULL, channel_id = 0 WHERE guild_id = $1",
    "UPDATE notice SET guild_id = NULL, channel_id = NULL WHERE guild_id = $1",
)


_END_OF_TIME = 2**62


class LeftServerStore(Store):
    @reads
    async def known(self, db: Session) -> list[int]:
        """Return the servers in which the bot should be, by the data that is stored here."""
        return [row["guild_id"] for row in await db.fetch_all(_KNOWN)]

    @reads
    async def left(self, db: Session, *, before: int | None = None) -> list[int]:
        """Return the servers that the bot has left, at any time or before a moment."""
        query = "SELECT guild_id FROM server WHERE left_at < $1"
        rows = await db.fetch_all(query, _END_OF_TIME if before is None else before)
        return [row["guild_id"] for row in rows]

    @writes
    async def leave(self, db: Session, guild_id: int, now: int) -> None:
        """Delete a server's shares, retired names and log at once, and record when it was left first."""
        query = """
            INSERT INTO server (guild_id, left_at) VALUES ($1, $2)
            ON CONFLICT (guild_id) DO UPDATE SET left_at = COALESCE(server.left_at, excluded.left_at)
        """
        await db.execute(query, guild_id, now)
        for statement in _GOES_AT_ONCE:
            await db.execute(statement, guild_id)
        db.wakes(Work.SHARES)

    @writes
    async def come_back(self, db: Session, guild_id: int) -> None:
        await db.execute("UPDATE server SET left_at = NULL WHERE guild_id = $1 AND left_at IS NOT NULL", guild_id)

    @writes
    async def greet(self, db: Session, guild_id: int, now: int) -> bool:
        """Note that a server is greeted now. Returns False if it was before."""
        query = """
            INSERT INTO server (guild_id, greeted_at) VALUES ($1, $2)
            ON CONFLICT (guild_id) DO UPDATE SET greeted_at = excluded.greeted_at WHERE server.greeted_at IS NULL
        """
        return await db.execute(query, guild_id, now) > 0

    @writes
    async def forget(self, db: Session, guild_id: int, *, left_before: int) -> None:
        """Delete everything about a server, unless the bot has come back meanwhile."""
        query = "DELETE FROM server WHERE guild_id = $1 AND left_at < $2"
        if await db.execute(query, guild_id, left_before):
            for statement in _GOES_LATER:
                await db.execute(statement, guild_id)
            db.wipes()
