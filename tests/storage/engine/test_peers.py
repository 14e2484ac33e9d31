"""Several processes on one PostgreSQL database: they wake each other, also after their connections were lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import LiteralString

import pytest

from bot.models import Work
from bot.storage.engine.database import Database, Session
from bot.storage.engine.opening import open_database
from tests.storage.postgres_server import PostgresServer

PATIENCE = 20  # seconds after which a test gives up

END_STANDING: LiteralString = """
    SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'mynah, standing' AND datname = current_database()
"""


class Heard:
    """What the workers of one process are woken for."""

    def __init__(self, database: Database) -> None:
        self.works: list[Work] = []
        self._more = asyncio.Event()
        for work in Work:
            database.wakeups.subscribe(work, lambda work=work: self._hear(work))

    async def until(self, work: Work, times: int = 1) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.works.count(work) < times:
                self._more.clear()
                await self._more.wait()

    def _hear(self, work: Work) -> None:
        self.works.append(work)
        self._more.set()


@pytest.fixture
def url(postgres: PostgresServer, prepared: str) -> str:
    return postgres.new_database(copied_from=prepared)


@pytest.fixture
async def here(url: str) -> AsyncIterator[Database]:
    async with open_database(url) as opened:
        yield opened


@pytest.fixture
async def there(here: Database, url: str) -> AsyncIterator[Database]:
    async with open_database(url) as opened:
        yield opened


async def makes_work(database: Database, *works: Work) -> None:
    async def block(db: Session) -> None:
        for work in works:
            db.wakes(work)

    await database.write(block)


async def is_alone(database: Database) -> bool:
    async def block(db: Session) -> bool:
        return db.is_alone

    return await database.read(block)


async def lose_standing_connections(database: Database) -> None:
    """Have the server end them all, and return when it has."""

    async def end(db: Session) -> list[int]:
        rows = await db.fetch_all(END_STANDING)
        return [row["pid"] for row in rows]

    async def left(db: Session) -> set[int]:
        return {row["pid"] for row in await db.fetch_all("SELECT pid FROM pg_stat_activity")}

    ended = await database.write(end)
    while not (await database.read(left)).isdisjoint(ended):
        pass


async def test_what_one_process_commits_wakes_the_workers_of_all(here: Database, there: Database) -> None:
    mine, theirs = Heard(here), Heard(there)
    await makes_work(here, Work.CREATION, Work.SERVER_LOG)
    assert sorted(mine.works) == [Work.CREATION, Work.SERVER_LOG]  # at once, without a way through the server
    await theirs.until(Work.CREATION)
    await theirs.until(Work.SERVER_LOG)
    await makes_work(there, Work.NOTICES)
    await mine.until(Work.NOTICES)
    assert sorted(mine.works) == [Work.CREATION, Work.NOTICES, Work.SERVER_LOG]  # each once
    assert sorted(theirs.works) == [Work.CREATION, Work.NOTICES, Work.SERVER_LOG]


async def test_work_that_was_not_committed_wakes_nobody_elsewhere(here: Database, there: Database) -> None:
    async def block(db: Session) -> None:
        db.wakes(Work.REMOVAL)
        raise LookupError

    theirs = Heard(there)
    with pytest.raises(LookupError):
        await here.write(block)
    await makes_work(here, Work.ALERTS)
    await theirs.until(Work.ALERTS)
    assert theirs.works == [Work.ALERTS]


async def test_a_process_that_was_deaf_looks_once_at_everything(here: Database, there: Database) -> None:
    mine, theirs = Heard(here), Heard(there)
    await lose_standing_connections(here)
    await asyncio.gather(*(heard.until(work) for heard in (mine, theirs) for work in Work))
    assert len(theirs.works) == len(Work)
    await makes_work(here, Work.NOTICES)
    await theirs.until(Work.NOTICES, times=2)


async def test_only_a_process_that_comes_first_is_alone_and_only_until_another_comes(url: str) -> None:
    async with open_database(url) as first:
        assert await is_alone(first)
        heard = Heard(first)
        async with open_database(url) as second:
            assert not await is_alone(second)
            await makes_work(second, Work.ALERTS)
            await heard.until(Work.ALERTS)
            assert not await is_alone(first)
    async with open_database(url) as third:
        assert await is_alone(third)


async def test_nobody_is_sure_to_be_alone_who_was_deaf(here: Database) -> None:
    heard = Heard(here)
    assert await is_alone(here)
    await lose_standing_connections(here)
    await heard.until(Work.ALERTS)
    assert not await is_alone(here)
