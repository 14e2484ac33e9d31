"""Several processes on one PostgreSQL database: they wake each other, also after their connections were lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from bot.errors import UserError
from bot.models.common import Work
from bot.storage.engine.database import Database, Session, Value
from bot.storage.engine.opening import open_database
from bot.storage.engine.postgres.connections import Connection, Pool, open_pool
from bot.storage.engine.postgres.database import PostgresDatabase, refuse_shared_sessions
from bot.storage.engine.postgres.peers import Peers
from bot.storage.engine.postgres.standing import StandingConnection
from bot.storage.engine.wakeups import Wakeups
from tests.databases.fixtures import only_postgresql
from tests.storage.engine.peers import lose_standing_connections

pytestmark = only_postgresql

T = TypeVar("T")

LONGEST_WAIT = 20  # seconds after which a test gives up


class SharedSession:
    """A connection through a pooler in transaction mode: each statement goes to a session that is free."""

    def __init__(self, sessions: Pool) -> None:
        self._sessions = sessions

    async def fetch(self, query: str, *values: Value | list[int], timeout: float | None = None) -> list[Any]:
        return await self._in_some_session(lambda connection: connection.fetch(query, *values, timeout=timeout))

    async def execute(self, query: str, *values: Value) -> str:
        return await self._in_some_session(lambda connection: connection.execute(query, *values))

    async def add_listener(self, channel: str, callback: Callable[[object, int, str, str], None]) -> None:
        """Listen in a session that another client gets next, which has no effect."""

    def add_termination_listener(self, callback: Callable[[object], None]) -> None:
        """Be told of nothing: the pooler's own connection stays open."""

    async def close(self, *, timeout: float | None = None) -> None:
        """Close nothing: the sessions are the pooler's."""

    def terminate(self) -> None:
        """End nothing, for the same reason."""

    async def _in_some_session(self, statement: Callable[[Connection], Awaitable[T]]) -> T:
        session = await self._sessions.acquire(timeout=LONGEST_WAIT)
        try:
            return await statement(session)
        finally:
            await self._sessions.release(session)


class Heard:
    """The kinds of work for which one process's workers are woken."""

    def __init__(self, database: Database) -> None:
        self.works: list[Work] = []
        self._more = asyncio.Event()
        for work in Work:
            database.wakeups.subscribe(work, lambda work=work: self._hear(work))

    async def until(self, work: Work, times: int = 1) -> None:
        async with asyncio.timeout(LONGEST_WAIT):
            while self.works.count(work) < times:
                self._more.clear()
                await self._more.wait()

    def _hear(self, work: Work) -> None:
        self.works.append(work)
        self._more.set()


async def makes_work(database: Database, *works: Work) -> None:
    async def block(db: Session) -> None:
        for work in works:
            db.wakes(work)

    await database.write(block)


async def is_alone(database: Database) -> bool:
    async def block(db: Session) -> bool:
        return db.is_alone

    return await database.read(block)


async def test_what_one_process_commits_wakes_the_workers_of_all(database: Database, elsewhere: Database) -> None:
    mine, theirs = Heard(database), Heard(elsewhere)
    await makes_work(database, Work.CREATION, Work.SERVER_LOG)
    assert sorted(mine.works) == [Work.CREATION, Work.SERVER_LOG]  # at once, without a way through the server
    await theirs.until(Work.CREATION)
    await theirs.until(Work.SERVER_LOG)
    await makes_work(elsewhere, Work.NOTICES)
    await mine.until(Work.NOTICES)
    assert sorted(mine.works) == [Work.CREATION, Work.NOTICES, Work.SERVER_LOG]  # each once
    assert sorted(theirs.works) == [Work.CREATION, Work.NOTICES, Work.SERVER_LOG]


async def test_work_that_was_not_committed_wakes_nobody_elsewhere(database: Database, elsewhere: Database) -> None:
    async def block(db: Session) -> None:
        db.wakes(Work.REMOVAL)
        raise LookupError

    theirs = Heard(elsewhere)
    with pytest.raises(LookupError):
        await database.write(block)
    await makes_work(database, Work.ALERTS)
    await theirs.until(Work.ALERTS)
    assert theirs.works == [Work.ALERTS]


async def test_a_process_that_was_deaf_looks_once_at_everything(database: Database, elsewhere: Database) -> None:
    mine, theirs = Heard(database), Heard(elsewhere)
    await lose_standing_connections(database)
    await asyncio.gather(*(heard.until(work) for heard in (mine, theirs) for work in Work))
    assert len(theirs.works) == len(Work)
    await makes_work(database, Work.NOTICES)
    await theirs.until(Work.NOTICES, times=2)


async def test_only_a_process_that_comes_first_is_alone_and_only_until_another_comes(database_url: str) -> None:
    async with open_database(database_url) as first:
        assert await is_alone(first)
        heard = Heard(first)
        async with open_database(database_url) as second:
            assert not await is_alone(second)
            await makes_work(second, Work.ALERTS)
            await heard.until(Work.ALERTS)
            assert not await is_alone(first)
    async with open_database(database_url) as third:
        assert await is_alone(third)


async def test_nobody_is_sure_to_be_alone_who_was_deaf(database: Database) -> None:
    heard = Heard(database)
    assert await is_alone(database)
    await lose_standing_connections(database)
    await heard.until(Work.ALERTS)
    assert not await is_alone(database)


async def test_a_pooler_that_shares_sessions_is_refused(database_url: str) -> None:
    sessions = await open_pool(database_url)
    wakeups = Wakeups()
    peers = Peers(wakeups)

    async def connect() -> SharedSession:
        return SharedSession(sessions)

    standing = StandingConnection(connect)
    database = PostgresDatabase(sessions, standing, peers, wakeups)
    await standing.open(peers)
    with pytest.raises(UserError, match="pool_mode = session in PgBouncer"):
        await refuse_shared_sessions(standing, database)
    await database.aclose()
