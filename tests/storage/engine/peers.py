"""Several processes on one PostgreSQL database: what their tests share."""

from typing import LiteralString

from bot.storage.engine.database import Database, Session

_END_STANDING: LiteralString = """
    SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'mynah, standing' AND datname = current_database()
"""


async def lose_standing_connections(database: Database) -> None:
    """Have the server end those of all processes, and return when it has."""

    async def end(db: Session) -> list[int]:
        return [row["pid"] for row in await db.fetch_all(_END_STANDING)]

    async def left(db: Session) -> set[int]:
        return {row["pid"] for row in await db.fetch_all("SELECT pid FROM pg_stat_activity")}

    ended = await database.write(end)
    while not (await database.read(left)).isdisjoint(ended):
        pass
