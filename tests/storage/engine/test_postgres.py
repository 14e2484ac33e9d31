"""What only a server has: a login, an address, a connection that may be lost."""

import sys

import pytest

from bot.errors import UserError
from bot.storage.engine.database import Database, DatabaseTrouble
from bot.storage.engine.opening import open_database
from sandbox.postgres_server import PostgresServer


async def refusal(url: str) -> str:
    with pytest.raises(UserError) as refused:
        async with open_database(url):
            pass
    return str(refused.value)


async def test_a_wrong_password_is_explained_without_showing_it(postgres: PostgresServer) -> None:
    assert await refusal(postgres.url("postgres").replace("correct", "wrong")) == (
        'PostgreSQL does not let the bot in: password authentication failed for user "mynah". '
        "Check the user and the password in DATABASE_URL."
    )


async def test_a_missing_database_is_named(postgres: PostgresServer) -> None:
    assert await refusal(postgres.url("trial")) == (
        'PostgreSQL does not let the bot in: database "trial" does not exist. '
        "Create that database, or correct its name in DATABASE_URL."
    )


async def test_a_server_that_does_not_answer_is_explained() -> None:
    assert await refusal("postgresql://mynah:secret@/mynah?host=/nowhere") == (
        "No PostgreSQL server answers at the address in DATABASE_URL. See that it runs and that the address is right."
    )


@pytest.mark.parametrize("url", ["postgresql://mynah:sec/ret@db/mynah", "postgresql://mynah@db:port/mynah"])
async def test_an_address_that_cannot_be_read_is_not_shown(url: str) -> None:
    assert "Write it as postgresql://user:password@host:5432/name" in await refusal(url)


async def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("database", "connections"):
        monkeypatch.delitem(sys.modules, f"bot.storage.engine.postgres.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    assert "Install it with `pip install 'mynah[postgres]'`." in await refusal("postgresql://mynah@db/mynah")


async def test_a_lost_connection_is_trouble_for_one_block_only(postgres: PostgresServer) -> None:
    async with open_database(postgres.new_database()) as database:
        with pytest.raises(DatabaseTrouble):
            await lose_connection(database)
        async with database.reading() as db:
            assert await db.fetch_one("SELECT to_regclass('trial') IS NULL AS gone") == {"gone": True}


async def lose_connection(database: Database) -> None:
    async with database.writing() as db, database.writing() as killer:
        await db.execute("CREATE TABLE trial (id BIGINT)")
        row = await db.fetch_one("SELECT pg_backend_pid() AS process")
        assert row
        await killer.fetch_one("SELECT pg_terminate_backend($1)", row["process"])
        await db.execute("INSERT INTO trial VALUES (1)")
