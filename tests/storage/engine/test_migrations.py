"""Migrations are applied once, in order, whole, and by one process at a time."""

import asyncio
import re
from importlib import resources

import pytest

from bot.storage.engine.database import Database, Row
from bot.storage.engine.migrate import Migration, SchemaTooNew, apply_migrations, known_migrations, statements
from bot.storage.engine.opening import open_database


async def applied(database: Database) -> list[Row]:
    async with database.reading() as db:
        return await db.fetch_all("SELECT number, name FROM migration ORDER BY number")


def test_a_script_is_split_where_a_statement_ends() -> None:
    script = """
        -- A comment; with a semicolon.
        CREATE TABLE a (b TEXT DEFAULT 'c; d');  -- not; here
        CREATE TABLE "e;f" (g BIGINT /* nor; here */);
        -- The end; really.
    """
    found = [statement.partition("CREATE")[2] for statement in statements(script)]
    assert found == [" TABLE a (b TEXT DEFAULT 'c; d');", ' TABLE "e;f" (g BIGINT /* nor; here */);']


def test_a_statement_without_its_semicolon_is_not_dropped() -> None:
    with pytest.raises(ValueError, match="without its semicolon: DROP TABLE b"):
        list(statements("DROP TABLE a; DROP TABLE b"))


def test_the_files_are_numbered_without_a_gap() -> None:
    files = sorted(
        file.name for file in (resources.files("bot.storage") / "migrations").iterdir() if file.name.endswith(".sql")
    )
    assert [migration.name for migration in known_migrations()] == files
    assert [int(name[:4]) for name in files] == [*range(1, len(files) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.sql", name) for name in files)


async def test_several_processes_that_start_at_once_apply_each_file_once(empty_database_url: str) -> None:
    async def start() -> list[Row]:
        async with open_database(empty_database_url) as database:
            return await applied(database)

    known = [{"number": migration.number, "name": migration.name} for migration in known_migrations()]
    assert await asyncio.gather(*(start() for _ in range(4))) == [known] * 4


async def test_only_new_migrations_are_applied_in_order(database: Database) -> None:
    known = known_migrations()
    later = [
        Migration(len(known) + 1, "trial.sql", ("CREATE TABLE trial (id BIGINT)", "INSERT INTO trial VALUES (1)")),
        Migration(len(known) + 2, "second.sql", ("INSERT INTO trial SELECT id + 1 FROM trial",)),
    ]
    await apply_migrations(database, [*known, *later])
    await apply_migrations(database, [*known, *later])
    async with database.reading() as db:
        assert await db.fetch_all("SELECT id FROM trial ORDER BY id") == [{"id": 1}, {"id": 2}]


async def test_a_migration_that_fails_leaves_nothing_of_itself(database: Database) -> None:
    known = known_migrations()
    broken = Migration(
        len(known) + 1, "trial.sql", ("CREATE TABLE trial (id BIGINT)", "INSERT INTO nowhere VALUES (1)")
    )
    with pytest.raises(Exception, match="nowhere"):
        await apply_migrations(database, [*known, broken])
    assert len(await applied(database)) == len(known)
    mended = Migration(len(known) + 1, "trial.sql", ("CREATE TABLE trial (id BIGINT)",))
    await apply_migrations(database, [*known, mended])
    assert (await applied(database))[-1] == {"number": mended.number, "name": "trial.sql"}


async def test_a_database_from_a_newer_version_is_left_alone(database: Database, database_url: str) -> None:
    newer = [*known_migrations(), Migration(len(known_migrations()) + 1, "later.sql", ())]
    await apply_migrations(database, newer)
    with pytest.raises(SchemaTooNew, match="made by a newer version of this bot"):
        async with open_database(database_url):
            pass
