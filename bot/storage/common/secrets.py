"""The `secret` table: keys that are made once and never leave the database."""

from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, writes


class SecretStore(Store):
    @writes
    async def keep(self, db: Session, name: str, fresh: bytes) -> bytes:
        """Return the secret of that name; stores `fresh` as the secret if there is none yet."""
        query = "INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
        await db.execute(query, name, fresh)
        row = await db.fetch_one("SELECT value FROM secret WHERE name = $1", name)
        return bytes(row["value"]) if row else fresh
