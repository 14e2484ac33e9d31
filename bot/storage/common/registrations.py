"""The `registration` table: which commands Discord has been given."""

from bot.storage.engine.database import Session
from bot.storage.engine.store import Store, reads, writes


class RegistrationStore(Store):
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
