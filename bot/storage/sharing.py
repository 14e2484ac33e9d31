"""The `share` table: which server may use which voice."""

from bot.models import Cause, Voice
from bot.storage import departures
from bot.storage.database import Database


class ShareStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, voice_id: str, guild_id: int, now: int) -> bool:
        """Share a trained voice with a server; False when it is trained no more. Twice is as good as once."""
        async with self._database.writing() as db:
            query = "SELECT id FROM voice WHERE id = $1 AND state = 'trained'"
            if await db.fetch_one(query, voice_id) is None:
                return False
            query = """
                INSERT INTO share (voice_id, guild_id, shared_at) VALUES ($1, $2, $3)
                ON CONFLICT (voice_id, guild_id) DO NOTHING
            """
            await db.execute(query, voice_id, guild_id, now)
        return True

    async def end(self, voice: Voice, guild_id: int, now: int) -> bool:
        """Take a voice back from a server; False when it was not shared there."""
        async with self._database.writing() as db:
            query = "DELETE FROM share WHERE voice_id = $1 AND guild_id = $2"
            if not await db.execute(query, voice.id, guild_id):
                return False
            await departures.record(db, voice, guild_id, Cause.UNSHARED, now=now)
        return True

    async def end_all_in(self, guild_id: int) -> int:
        """End every share of a server that the bot has left, and what was remembered of earlier ones."""
        async with self._database.writing() as db:
            await db.execute("DELETE FROM departure WHERE guild_id = $1", guild_id)
            return await db.execute("DELETE FROM share WHERE guild_id = $1", guild_id)

    async def servers(self) -> list[int]:
        async with self._database.reading() as db:
            return [row["guild_id"] for row in await db.fetch_all("SELECT DISTINCT guild_id FROM share")]

    async def servers_of(self, voice_id: str) -> list[int]:
        async with self._database.reading() as db:
            query = "SELECT guild_id FROM share WHERE voice_id = $1 ORDER BY shared_at, guild_id"
            return [row["guild_id"] for row in await db.fetch_all(query, voice_id)]
