"""The tables `allowance` and `charge`: characters spoken per member and UTC day, and those not heard yet."""

from bot.models import Charge
from bot.storage.database import Database


class AllowanceStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, charge: Charge, *, limit: int) -> bool:
        """Count characters unless that would pass the limit; one statement, so two at once cannot both pass it."""
        if charge.characters > limit:
            return False
        async with self._database.writing() as db:
            query = """
                INSERT INTO allowance (member_id, day, characters) VALUES ($1, $2, $3)
                ON CONFLICT (member_id, day) DO UPDATE SET characters = allowance.characters + excluded.characters
                WHERE allowance.characters + excluded.characters <= $4 RETURNING characters
            """
            if await db.fetch_one(query, charge.member_id, charge.day, charge.characters, limit) is None:
                return False
            query = "INSERT INTO charge (id, member_id, day, characters, charged_at) VALUES ($1, $2, $3, $4, $5)"
            await db.execute(query, charge.id, charge.member_id, charge.day, charge.characters, charge.charged_at)
        return True

    async def settle(self, charge_id: str) -> None:
        """What was charged has been heard."""
        async with self._database.writing() as db:
            await db.execute("DELETE FROM charge WHERE id = $1", charge_id)

    async def give_back(self, charge_id: str) -> None:
        """Undo a charge that is not settled; once."""
        async with self._database.writing() as db:
            query = "DELETE FROM charge WHERE id = $1 RETURNING member_id, day, characters"
            row = await db.fetch_one(query, charge_id)
            if row is not None:
                query = "UPDATE allowance SET characters = characters - $3 WHERE member_id = $1 AND day = $2"
                await db.execute(query, row["member_id"], row["day"], row["characters"])

    async def abandoned(self, *, now: int, charged_before: int) -> list[str]:
        """The ids of charges that a process died with: all when nobody else is here, else those that are too old."""
        async with self._database.reading() as db:
            query = "SELECT id FROM charge WHERE charged_at < $1"
            rows = await db.fetch_all(query, now if self._database.is_alone else charged_before)
        return [row["id"] for row in rows]

    async def spent(self, member_id: int, day: str) -> int:
        async with self._database.reading() as db:
            query = "SELECT characters FROM allowance WHERE member_id = $1 AND day = $2"
            row = await db.fetch_one(query, member_id, day)
        return row["characters"] if row else 0

    async def forget_before(self, day: str) -> int:
        async with self._database.writing() as db:
            return await db.execute("DELETE FROM allowance WHERE day < $1", day)
