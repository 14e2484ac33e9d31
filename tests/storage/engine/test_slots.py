"""Slots that all processes share: never more than the limit, none that idles, none lost with a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.storage.engine.database import Database, Session, Slot
from bot.storage.engine.opening import open_database
from tests.databases.fixtures import only_postgresql
from tests.storage.engine.peers import lose_standing_connections

pytestmark = only_postgresql

LIMIT = 3
LONGEST_WAIT = 20  # seconds after which a test gives up


class Calls:
    """Calls of all processes, each in a slot until it is told to end."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.most = 0
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Event()

    def begin(self, slot: Slot, *names: str) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._call(slot, name))

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            await self.tasks[name]

    async def until_running(self, count: int) -> None:
        async with asyncio.timeout(LONGEST_WAIT):
            while len(self.running) != count:
                self._changed.clear()
                await self._changed.wait()

    async def end_all(self) -> None:
        for end in self._ends.values():
            end.set()
        async with asyncio.timeout(LONGEST_WAIT):
            await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    async def _call(self, slot: Slot, name: str) -> None:
        async with slot():
            self.running.append(name)
            self.most = max(self.most, len(self.running))
            self._changed.set()
            await self._ends[name].wait()
            self.running.remove(name)
            self._changed.set()


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    calls = Calls()
    yield calls
    await calls.end_all()


@pytest.fixture
async def mine(database: Database) -> AsyncIterator[Slot]:
    async with database.sharing_slots(LIMIT) as slot:
        yield slot


@pytest.fixture
async def theirs(elsewhere: Database) -> AsyncIterator[Slot]:
    async with elsewhere.sharing_slots(LIMIT) as slot:
        yield slot


async def locked(database: Database) -> int:
    """Count the slots that all processes hold, as the server knows it."""

    async def block(db: Session) -> int:
        query = """
            SELECT count(*) AS held FROM pg_locks JOIN pg_database ON pg_database.oid = database
            WHERE locktype = 'advisory' AND classid = 470188712 AND objsubid = 2 AND datname = current_database()
        """
        row = await db.fetch_one(query)
        return row["held"] if row else 0

    return await database.read(block)


async def until_locked(database: Database, count: int) -> None:
    async with asyncio.timeout(LONGEST_WAIT):
        while await locked(database) != count:
            pass


async def test_processes_share_one_limit(database: Database, mine: Slot, theirs: Slot, calls: Calls) -> None:
    calls.begin(mine, "a1", "a2")
    await calls.until_running(2)
    calls.begin(theirs, "b1", "b2", "b3")
    await calls.until_running(LIMIT)
    assert await locked(database) == LIMIT
    await calls.end("a1")
    await calls.until_running(LIMIT)
    await calls.end("a2")
    await calls.until_running(LIMIT)
    assert sorted(calls.running) == ["b1", "b2", "b3"]
    assert calls.most == LIMIT


async def test_a_slot_that_nobody_needs_is_free_for_everybody(database: Database, mine: Slot, calls: Calls) -> None:
    calls.begin(mine, "a1", "a2", "a3", "a4", "a5")
    await calls.until_running(LIMIT)
    await calls.end_all()
    await until_locked(database, 0)


async def test_a_process_with_many_calls_leaves_some_of_the_slots_to_another(
    database: Database, mine: Slot, theirs: Slot, calls: Calls
) -> None:
    calls.begin(mine, *(f"a{number}" for number in range(30)))
    await calls.until_running(LIMIT)
    calls.begin(theirs, "b")
    ended = 0
    while "b" not in calls.running:
        for _ in range(5):
            await locked(database)  # so long a call takes at least
        await calls.end(calls.running[0])
        await calls.until_running(LIMIT)
        ended += 1
    assert ended < 20  # of 30, which it would be if none were left


async def test_a_process_keeps_its_share_at_once_while_others_wait(
    database: Database, mine: Slot, theirs: Slot, calls: Calls
) -> None:
    calls.begin(theirs, *(f"b{number}" for number in range(30)))
    await calls.until_running(LIMIT)
    calls.begin(mine, *(f"a{number}" for number in range(30)))
    while "a0" not in calls.running:
        await locked(database)
        await calls.end(next(name for name in calls.running if name.startswith("b")))
        await calls.until_running(LIMIT)
    if "a1" in calls.running:  # more than a share, which goes back to the others
        await calls.end("a1")
    for number in range(2, 20):
        await locked(database)  # so long a call takes at least, and meanwhile the others ask
        running = next(name for name in calls.running if name.startswith("a"))
        await calls.end(running)
        for _ in range(3):
            await asyncio.sleep(0)
        assert f"a{number}" in calls.running or f"a{number - 1}" in calls.running
    assert calls.most == LIMIT


async def test_what_a_process_held_that_died_is_free(database_url: str, mine: Slot, calls: Calls) -> None:
    async with AsyncExitStack() as dead:
        database = await dead.enter_async_context(open_database(database_url))
        slot = await dead.enter_async_context(database.sharing_slots(LIMIT))
        calls.begin(slot, "b1", "b2", "b3")
        await calls.until_running(LIMIT)
        calls.begin(mine, "a1", "a2", "a3")
    await calls.until_running(2 * LIMIT)  # those of the dead do not know it here
    assert {"a1", "a2", "a3"} <= {*calls.running}


async def test_after_a_lost_connection_calls_under_way_count_before_others_begin(
    database: Database, mine: Slot, theirs: Slot, calls: Calls
) -> None:
    calls.begin(mine, "a1", "a2")
    await calls.until_running(2)
    calls.begin(theirs, "b1")
    await calls.until_running(3)
    calls.begin(mine, "a3")
    calls.begin(theirs, "b2")
    await lose_standing_connections(database)
    await until_locked(database, LIMIT)
    assert sorted(calls.running) == ["a1", "a2", "b1"]
    await calls.end("a1")
    await calls.until_running(LIMIT)
    await calls.end("b1")
    await calls.until_running(LIMIT)
    assert sorted(calls.running) == ["a2", "a3", "b2"]
    assert calls.most == LIMIT
    await calls.end_all()
    await until_locked(database, 0)


async def test_a_call_that_gives_up_waiting_takes_no_slot_along(database: Database, mine: Slot, calls: Calls) -> None:
    calls.begin(mine, "a1", "a2", "a3", "a4", "a5")
    await calls.until_running(LIMIT)
    calls.tasks["a4"].cancel()
    await calls.end("a1")
    await calls.until_running(LIMIT)
    assert sorted(calls.running) == ["a2", "a3", "a5"]
    for name in ("a2", "a3", "a5"):
        calls.tasks[name].cancel()
    await until_locked(database, 0)


async def test_calls_that_are_cancelled_at_any_moment_lose_no_slot(
    database: Database, mine: Slot, theirs: Slot
) -> None:
    running = 0

    async def call(slot: Slot) -> None:
        nonlocal running
        async with slot():
            running += 1
            assert running <= LIMIT
            try:
                await locked(database)
            finally:
                running -= 1

    tasks = [asyncio.create_task(call(slot)) for _ in range(40) for slot in (mine, theirs)]
    for number, task in enumerate(tasks):
        if number % 3 == 0:
            task.cancel()
        await asyncio.sleep(0)
        if number % 7 == 0:
            await locked(database)
    async with asyncio.timeout(LONGEST_WAIT):
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ends)
    await until_locked(database, 0)
