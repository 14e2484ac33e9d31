"""Gives these tests a database in a file, with a table of sounds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    async with open_database(sqlite_url) as opened:
        async with opened.writing() as db:
            await db.execute("CREATE TABLE clip (id BIGINT PRIMARY KEY, sound BYTEA)")
        yield opened
