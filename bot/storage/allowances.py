"""The `allowance` table: characters spoken per member and UTC day."""

from bot.storage.database import Database


class AllowanceStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, member_id: int, day: str, characters: int, *, limit: int) -> bool:
        """Count characters unless that would pass the limit; one statement, so two at once cannot both pass it."""
        if characters > limit:
            return False
        async with self._database.writing() as db:
            query = """
                INSERT INTO allowance (member_id, day, characters) VALUES ($1, $2, $3)
                ON CONFLICT (member_id, day) DO UPDATE SET characters = allowance.characters + excluded.characters
                WHERE allowance.characters + excluded.characters <= $4 RETURNING characters
            """
            return await db.fetch_one(query, member_id, day, characters, limit) is not None

    async def give_back(self, member_id: int, day: str, characters: int) -> None:
        async with self._database.writing() as db:
            query = "UPDATE allowance SET characters = characters - $3 WHERE member_id = $1 AND day = $2"
            await db.execute(query, member_id, day, characters)

    async def spent(self, member_id: int, day: str) -> int:
        async with self._database.reading() as db:
            query = "SELECT characters FROM allowance WHERE member_id = $1 AND day = $2"
            row = await db.fetch_one(query, member_id, day)
        return row["characters"] if row else 0

    async def forget_before(self, day: str) -> int:
        async with self._database.writing() as db:
            return await db.execute("DELETE FROM allowance WHERE day < $1", day)
