"""Blocks are committed whole or not at all, and wake workers only after the commit."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from bot.models.common import Work
from bot.storage.engine.database import Block, Conflict, Database, Session

ADD = "INSERT INTO person (id, name) VALUES ($1, $2)"


@pytest.fixture
async def people(database: Database) -> Database:
    async with database.writing() as db:
        await db.execute("CREATE TABLE person (id BIGINT PRIMARY KEY, name TEXT)")
        await db.execute("CREATE TABLE letter (person_id BIGINT REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED)")
    return database


@pytest.fixture
def woken(people: Database) -> list[Work]:
    heard: list[Work] = []
    for work in Work:
        people.wakeups.subscribe(work, lambda work=work: heard.append(work))
    return heard


def adds(number: int, *, wakes: Work | None = None) -> Block[int]:
    async def block(db: Session) -> int:
        await db.execute(ADD, number, "Ann")
        if wakes is not None:
            db.wakes(wakes)
        return number

    return block


async def adds_a_letter_of_nobody(db: Session) -> None:
    await db.execute("INSERT INTO letter VALUES (99)")  # refused by the COMMIT alone


async def ids(database: Database) -> list[int]:
    async def block(db: Session) -> list[int]:
        return [row["id"] for row in await db.fetch_all("SELECT id FROM person ORDER BY id")]

    return await database.read(block)


async def outcomes(*writes: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*writes, return_exceptions=True)


async def test_a_block_gives_back_what_it_returns(people: Database) -> None:
    assert await people.write(adds(7)) == 7
    assert await ids(people) == [7]


async def test_a_reading_block_cannot_write(people: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await people.read(adds(1))
    assert await ids(people) == []


async def test_an_error_undoes_the_block_and_reaches_the_caller(people: Database) -> None:
    async def block(db: Session) -> None:
        await db.execute(ADD, 1, "Ann")
        raise LookupError

    with pytest.raises(LookupError):
        await people.write(block)
    assert await ids(people) == []


async def test_a_failure_caught_inside_the_block_still_undoes_it(people: Database) -> None:
    async def block(db: Session) -> None:
        await db.execute(ADD, 2, "Ann")
        with pytest.raises(Conflict):
            await db.execute(ADD, 1, "Ben")

    await people.write(adds(1))
    with pytest.raises(Conflict):
        await people.write(block)
    assert await ids(people) == [1]


async def test_only_the_faulty_ones_of_blocks_that_wait_together_are_undone(people: Database) -> None:
    await people.write(adds(1))
    found = await outcomes(*(people.write(adds(number)) for number in (2, 1, 3, 1, 4)))
    assert [type(outcome) for outcome in found] == [int, Conflict, int, Conflict, int]
    assert await ids(people) == [1, 2, 3, 4]


async def test_what_only_the_commit_refuses_costs_no_other_block_its_change(people: Database) -> None:
    found = await outcomes(people.write(adds(1)), people.write(adds_a_letter_of_nobody), people.write(adds(2)))
    assert (found[0], found[2]) == (1, 2)
    assert isinstance(found[1], Exception)
    assert await ids(people) == [1, 2]


async def test_workers_are_woken_by_what_was_committed_and_by_nothing_else(people: Database, woken: list[Work]) -> None:
    await people.write(adds(1, wakes=Work.NOTICES))
    assert woken == [Work.NOTICES]
    with pytest.raises(Conflict):
        await people.write(adds(1, wakes=Work.REMOVAL))
    await outcomes(people.write(adds(2, wakes=Work.ALERTS)), people.write(adds(1, wakes=Work.REMOVAL)))
    assert woken == [Work.NOTICES, Work.ALERTS]


async def test_a_worker_that_is_woken_sees_what_woke_it(people: Database) -> None:
    seen: list[asyncio.Task[list[int]]] = []
    people.wakeups.subscribe(Work.NOTICES, lambda: seen.append(asyncio.create_task(ids(people))))
    await people.write(adds(1, wakes=Work.NOTICES))
    [looked] = seen
    assert await looked == [1]


async def test_a_caller_that_is_cancelled_leaves_a_whole_block_or_none(people: Database) -> None:
    for number in range(20):
        writing = asyncio.create_task(people.write(adds(number)))
        await asyncio.wait((writing,), timeout=0)
        writing.cancel()
        others = await outcomes(writing, people.write(adds(100 + number)))
        assert others[1] == 100 + number
    kept = await ids(people)
    assert [number for number in kept if number >= 100] == [*range(100, 120)]
    assert {number for number in kept if number < 100} <= {*range(20)}
