"""A table of sounds for these tests: what they keep in it, and how large its file is."""

from pathlib import Path

from bot.storage.engine.database import Database

MIB = 1024 * 1024
VOICE = b"a member's voice" * (MIB // 16)


async def keep(database: Database, *numbers: int) -> None:
    async with database.writing() as db:
        for number in numbers:
            await db.execute("INSERT INTO clip VALUES ($1, $2)", number, VOICE)


async def kept(database: Database) -> list[int]:
    async with database.reading() as db:
        return [row["id"] for row in await db.fetch_all("SELECT id FROM clip ORDER BY id")]


def size(path: Path) -> int:
    return path.stat().st_size
