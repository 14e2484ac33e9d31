"""The `secret` table: keys that are made once and never leave the database."""

from bot.storage.engine.database import Database


class SecretStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, name: str, fresh: bytes) -> bytes:
        """The secret of that name; `fresh` becomes it where there is none yet."""
        async with self._database.writing() as db:
            query = "INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
            await db.execute(query, name, fresh)
            row = await db.fetch_one("SELECT value FROM secret WHERE name = $1", name)
        return bytes(row["value"]) if row else fresh
