"""Both engines keep the same promises to the stores."""

import asyncio
import math
from typing import LiteralString

import pytest

from bot.storage.engine.database import Conflict, Database, Session, Value
from bot.storage.engine.opening import open_database

TABLES: tuple[LiteralString, ...] = (
    """
    CREATE TABLE person (
        id BIGINT PRIMARY KEY CHECK (id > 0), name TEXT, picture BYTEA, weight DOUBLE PRECISION
    )
    """,
    "CREATE UNIQUE INDEX person_name ON person (name) WHERE weight IS NULL",
    "CREATE TABLE letter (person_id BIGINT NOT NULL REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED)",
)


@pytest.fixture
async def people(database: Database) -> Database:
    async with database.writing() as db:
        for table in TABLES:
            await db.execute(table)
        await db.execute("INSERT INTO person (id, name) VALUES (1, 'Ann'), (2, 'Ben')")
    return database


async def names(database: Database) -> list[str]:
    async with database.reading() as db:
        return [row["name"] for row in await db.fetch_all("SELECT name FROM person ORDER BY id")]


async def add(db: Session, number: int, name: str) -> None:
    await db.execute("INSERT INTO person (id, name) VALUES ($1, $2)", number, name)


@pytest.mark.parametrize(
    ("number", "name", "picture", "weight"),
    [
        (2**63 - 1, "Zoë 🐦 “quoted” $1 ; --", b"\x00\xff" * 500_000, 0.1),
        (8, "", b"", -math.inf),
        (7, None, None, None),
    ],
)
async def test_values_come_back_as_they_went_in(
    people: Database, number: int, name: Value, picture: Value, weight: Value
) -> None:
    async with people.writing() as db:
        await db.execute("INSERT INTO person VALUES ($1, $2, $3, $4)", number, name, picture, weight)
    async with people.reading() as db:
        row = await db.fetch_one("SELECT * FROM person WHERE id = $1", number)
    assert row == {"id": number, "name": name, "picture": picture, "weight": weight}


async def test_a_value_may_be_used_twice_and_a_bool_is_a_number(people: Database) -> None:
    async with people.reading() as db:
        row = await db.fetch_one("SELECT name FROM person WHERE id = $1 AND id <= $1 AND name <> $2", True, "x")
    assert row == {"name": "Ann"}


@pytest.mark.parametrize("value", ["a\0b", math.nan])
async def test_what_one_engine_cannot_keep_is_refused_by_both(people: Database, value: Value) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        async with people.writing() as db:
            await db.execute("UPDATE person SET name = $1", value)


async def test_changes_are_counted_and_returned(people: Database) -> None:
    async with people.writing() as db:
        assert await db.execute("UPDATE person SET weight = 3 WHERE id < $1", 10) == 2
        assert await db.execute("DELETE FROM person WHERE id = $1", 99) == 0
        assert await db.execute("CREATE TABLE trial (id BIGINT)") == 0
        row = await db.fetch_one("UPDATE person SET name = 'Cat' WHERE id = $1 RETURNING id, name", 2)
        assert row == {"id": 2, "name": "Cat"}
        assert await db.fetch_one("SELECT * FROM person WHERE id = $1", 99) is None
    assert await names(people) == ["Ann", "Cat"]


async def test_an_error_inside_a_block_undoes_it(people: Database) -> None:
    async def write() -> None:
        async with people.writing() as db:
            await add(db, 3, "Cat")
            raise LookupError

    with pytest.raises(LookupError):
        await write()
    assert await names(people) == ["Ann", "Ben"]


async def test_a_failure_caught_inside_the_block_still_undoes_it(people: Database) -> None:
    async def write() -> None:
        async with people.writing() as db:
            await add(db, 3, "Cat")
            with pytest.raises(Conflict):
                await add(db, 1, "Dan")
            with pytest.raises(Conflict):
                await add(db, 4, "Eve")

    with pytest.raises(Conflict):
        await write()
    assert await names(people) == ["Ann", "Ben"]


@pytest.mark.parametrize(("number", "name"), [(1, "Cat"), (3, "Ann")])
async def test_a_key_or_a_unique_index_is_a_conflict(people: Database, number: int, name: str) -> None:
    with pytest.raises(Conflict):
        async with people.writing() as db:
            await add(db, number, name)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO person (id) VALUES (0)",
        "INSERT INTO letter VALUES (NULL)",
        "INSERT INTO letter VALUES (99)",  # refused by the COMMIT alone
        "INSERT INTO nowhere VALUES (1)",
    ],
)
async def test_any_other_mistake_is_no_conflict_and_undoes_the_block(
    people: Database, statement: LiteralString
) -> None:
    async def write() -> None:
        async with people.writing() as db:
            await add(db, 3, "Cat")
            await db.execute(statement)

    with pytest.raises(Exception) as caught:  # noqa: PT011 - each engine has its own
        await write()
    assert not isinstance(caught.value, Conflict)
    assert await names(people) == ["Ann", "Ben"]
    async with people.writing() as db:
        await add(db, 3, "Cat")
    assert await names(people) == ["Ann", "Ben", "Cat"]


async def test_a_reading_block_sees_one_moment(people: Database) -> None:
    count = "SELECT COUNT(*) AS people FROM person"
    async with people.reading() as db:
        assert await db.fetch_one(count) == {"people": 2}
        async with people.writing() as other:
            await add(other, 3, "Cat")
        assert await db.fetch_one(count) == {"people": 2}
    assert await names(people) == ["Ann", "Ben", "Cat"]


async def test_an_unfinished_block_is_invisible_to_others(people: Database) -> None:
    async with people.writing() as db:
        await add(db, 3, "Cat")
        assert await names(people) == ["Ann", "Ben"]


async def test_a_reading_block_cannot_write(people: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        async with people.reading() as db:
            await add(db, 3, "Cat")
    assert await names(people) == ["Ann", "Ben"]


async def test_many_blocks_at_once_take_turns(people: Database) -> None:
    async def gain(grams: int) -> None:
        async with people.writing() as db:
            await db.execute("UPDATE person SET weight = COALESCE(weight, 0) + $1 WHERE id = 1", grams)
        await names(people)

    await asyncio.gather(*(gain(1) for _ in range(50)))
    async with people.reading() as db:
        assert await db.fetch_one("SELECT weight FROM person WHERE id = 1") == {"weight": 50}


async def test_two_processes_never_claim_the_same_row(people: Database, database_url: str) -> None:
    async def claim(database: Database) -> int:
        async with database.writing() as db:
            query = (
                "UPDATE person SET weight = 1 WHERE id IN "  # noqa: S608 - all of it is literal
                "(SELECT id FROM person WHERE weight IS NULL ORDER BY id LIMIT 1" + db.due_lock + ") RETURNING id"
            )
            row = await db.fetch_one(query)
        return row["id"] if row else 0

    async with open_database(database_url) as other:
        assert {*await asyncio.gather(claim(people), claim(other))} == {1, 2}
        assert await claim(people) == await claim(other) == 0


class Interrupted:
    """A block whose task is cancelled as soon as it next has to wait, and again while it is being undone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = asyncio.get_running_loop()

    def _cancel_soon(self) -> None:
        task = asyncio.current_task()
        assert task
        self._loop.call_soon(task.cancel)
        self._loop.call_soon(self._loop.call_soon, task.cancel)

    async def beginning(self) -> None:
        self._cancel_soon()
        async with self._database.writing() as db:
            await add(db, 3, "Cat")

    async def statement(self) -> None:
        async with self._database.writing() as db:
            await add(db, 3, "Cat")
            self._cancel_soon()
            await db.fetch_one(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT MAX(i) FROM n"
            )

    async def swallowed(self) -> None:
        async with self._database.writing() as db:
            await add(db, 3, "Cat")
            self._cancel_soon()
            try:
                await db.execute("UPDATE person SET weight = 2")
            finally:
                await add(db, 4, "Dan")


@pytest.mark.parametrize("where", ["beginning", "statement", "swallowed"])
async def test_a_cancelled_block_leaves_nothing_behind(people: Database, where: str) -> None:
    task = asyncio.create_task(getattr(Interrupted(people), where)())
    await asyncio.wait((task,))
    assert task.cancelled() or isinstance(task.exception(), Exception)
    assert await names(people) == ["Ann", "Ben"]
    async with people.writing() as db:
        await add(db, 3, "Eve")
    assert await names(people) == ["Ann", "Ben", "Eve"]


async def test_a_block_that_is_cancelled_while_it_commits_counts_as_a_whole(people: Database) -> None:
    async def write() -> None:
        async with people.writing() as db:
            await add(db, 3, "Cat")
            await add(db, 4, "Dan")
            task = asyncio.current_task()
            assert task
            asyncio.get_running_loop().call_soon(task.cancel)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(write())
    assert await names(people) == ["Ann", "Ben", "Cat", "Dan"]
