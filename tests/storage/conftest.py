"""An empty database of each engine for every test that asks for `database_url` or `database`."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from tests.storage.postgres_server import PostgresServer, programs_folder, running_server


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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    if request.param == "sqlite":
        return sqlite_url
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
async def elsewhere(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database, opened as a second process opens it."""
    async with open_database(database_url) as opened:
        yield opened
