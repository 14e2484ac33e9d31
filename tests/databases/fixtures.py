"""Gives every test that asks for `database_url` or `database` an empty database of each engine."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.database_url import file_of
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from sandbox.postgres_server import PostgresServer, programs_folder, running_server
from tests.databases.new_database import make_database

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.slow)
ENGINES = ("sqlite", POSTGRESQL)

only_postgresql = pytest.mark.parametrize("engine", [POSTGRESQL])  # for what only that can do


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    programs = programs_folder()
    if programs is None:
        missing = "no PostgreSQL server is installed here (Debian: apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with running_server(programs) as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/mynah.db"


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def prepared(postgres: PostgresServer) -> str:
    """A PostgreSQL database with its tables, to be copied, since making them takes longer."""

    async def prepare(url: str) -> None:
        async with open_database(url):
            pass

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:  # the tests' own loop stays as it is
        runner.run(prepare(postgres.new_database("prepared")))
    return "prepared"


@pytest.fixture
def empty_database_url(engine: str, sqlite_url: str, request: pytest.FixtureRequest) -> str:
    """A database without tables."""
    if engine == "sqlite":
        return sqlite_url
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def database_url(engine: str, sqlite_url: str, request: pytest.FixtureRequest) -> str:
    """A database with empty tables."""
    if engine == "sqlite":
        make_database(file_of(sqlite_url))
        return sqlite_url
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
async def elsewhere(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database, opened as by a second process."""
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
def postgres_url(postgres: PostgresServer, prepared: str) -> str:
    """A PostgreSQL database in which nothing is kept yet."""
    return postgres.new_database(copied_from=prepared)
