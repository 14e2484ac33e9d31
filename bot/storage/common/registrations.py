"""The `registration` table: which commands Discord has been given."""

from bot.storage.engine.database import Database


class RegistrationStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def fingerprint(self, application_id: int) -> str | None:
        async with self._database.reading() as db:
            query = "SELECT fingerprint FROM registration WHERE application_id = $1"
            row = await db.fetch_one(query, application_id)
        return row["fingerprint"] if row else None

    async def record(self, application_id: int, fingerprint: str) -> None:
        async with self._database.writing() as db:
            query = """
                INSERT INTO registration (application_id, fingerprint) VALUES ($1, $2)
                ON CONFLICT (application_id) DO UPDATE SET fingerprint = excluded.fingerprint
            """
            await db.execute(query, application_id, fingerprint)
