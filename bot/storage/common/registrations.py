"""The `registration` table: which application the database belongs to, and which commands it has given to Discord."""

from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads, writes


class RegistrationStore(Store):
    @writes
    async def claim(self, db: Session, application_id: int, *, adopt: bool) -> int | None:
        """Let the database belong to this application, with `adopt` even if it belongs to another one.

        Returns that other one where it keeps the database and nothing was changed.
        """
        query = "SELECT application_id FROM registration WHERE application_id <> $1"
        row = await db.fetch_one(query, application_id)
        if row and not adopt:
            return int(row["application_id"])
        await db.execute("DELETE FROM registration WHERE application_id <> $1", application_id)
        query = """
            INSERT INTO registration (application_id, fingerprint) VALUES ($1, '')
            ON CONFLICT (application_id) DO NOTHING
        """
        await db.execute(query, application_id)
        return None

    @reads
    async def fingerprint(self, db: Session, application_id: int) -> str | None:
        query = "SELECT fingerprint FROM registration WHERE application_id = $1"
        row = await db.fetch_one(query, application_id)
        return row["fingerprint"] if row else None

    @writes
    async def record(self, db: Session, application_id: int, fingerprint: str) -> None:
        query = """
            INSERT INTO registration (application_id, fingerprint) VALUES ($1, $2)
            ON CONFLICT (application_id) DO UPDATE SET fingerprint = excluded.fingerprint
        """
        await db.execute(query, application_id, fingerprint)
