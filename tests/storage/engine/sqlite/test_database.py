"""Locks, full disks and killed processes, and blocks that are written together."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.engine.database import Block, Database, DatabaseTrouble, Session
from bot.storage.engine.opening import open_database
from bot.storage.engine.sqlite.database import TOLD_AT_ONCE
from bot.storage.engine.sqlite.opening import open_sqlite
from tests.storage.engine.sqlite.clips import keep, kept


async def test_a_full_disk_is_explained_and_survived(database: Database, path: Path) -> None:
    await keep(database, 1)
    async with database.writing() as db:
        await db.execute("PRAGMA max_page_count = 600")  # 2.4 MiB
    with pytest.raises(DatabaseTrouble, match=r"mynah\.db: database or disk is full"):
        await keep(database, 2, 3)
    assert await kept(database) == [1]
    async with database.writing() as db:
        await db.execute("DELETE FROM clip")
    await keep(database, 4)
    assert await kept(database) == [4]


async def test_a_lock_that_lasts_too_long_is_explained_and_survived(database: Database, sqlite_url: str) -> None:
    impatient = await open_sqlite(sqlite_url, lock_timeout=0.01)
    try:
        async with database.writing():
            with pytest.raises(DatabaseTrouble, match="locked"):
                await keep(impatient, 1)
        await keep(impatient, 2)
    finally:
        await impatient.aclose()
    assert await kept(database) == [2]


async def test_reading_goes_on_while_another_process_writes(database: Database, sqlite_url: str) -> None:
    async with open_database(sqlite_url) as other, other.writing() as db:
        await db.execute("INSERT INTO clip (id) VALUES (1)")
        assert await kept(database) == []


async def test_blocks_that_read_before_they_write_lose_no_change(database: Database) -> None:
    async def add_next() -> None:
        async with database.writing() as db:
            row = await db.fetch_one("SELECT COUNT(*) AS clips FROM clip")
            assert row
            await db.execute("INSERT INTO clip (id) VALUES ($1)", row["clips"])

    await asyncio.gather(*(add_next() for _ in range(20)))
    assert await kept(database) == [*range(20)]


async def test_a_writing_block_inside_another_is_refused_instead_of_waiting_for_ever(
    database: Database,
) -> None:
    async with database.writing():
        with pytest.raises(RuntimeError, match="inside another"):
            await keep(database, 1)
    await keep(database, 2)
    assert await kept(database) == [2]


KILLED_IN_A_BLOCK = """
import asyncio, os, signal, sys
from bot.storage.engine.opening import open_database

async def main():
    async with open_database(sys.argv[1]) as database:
        async with database.writing() as db:
            await db.execute("CREATE TABLE clip (id BIGINT)")
            await db.execute("INSERT INTO clip VALUES (1)")
        async with database.writing() as db:
            await db.execute("INSERT INTO clip VALUES (2)")
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_killed_process_leaves_whole_blocks_only(sqlite_url: str, path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_IN_A_BLOCK, sqlite_url], check=False)
    assert killed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id FROM clip").fetchall() == [(1,)]


async def test_blocks_that_wait_at_the_same_moment_share_one_commit(database: Database, path: Path) -> None:
    async def count(db: Session) -> int:
        [row] = await db.fetch_all("SELECT COUNT(*) AS clips FROM clip")
        return row["clips"]

    def add(number: int) -> Block[None]:
        async def block(db: Session) -> None:
            await db.execute("INSERT INTO clip (id) VALUES ($1)", number)

        return block

    frames = frames_committed(path)
    await asyncio.gather(*(database.write(add(number)) for number in range(40)))
    assert await database.read(count) == 40
    assert frames_committed(path) - frames <= 3, "the first alone, the others together"


async def test_blocks_that_are_written_together_let_few_callers_go_on_in_one_turn(database: Database) -> None:
    gone_on: list[int] = []

    async def nothing(db: Session) -> None:
        await db.execute("DELETE FROM clip")

    async def caller(number: int) -> None:
        await database.write(nothing)
        gone_on.append(number)

    async with database.writing():  # so that the others wait together
        callers = [asyncio.create_task(caller(number)) for number in range(3 * TOLD_AT_ONCE)]
        await asyncio.sleep(0)
    counts: list[int] = []
    while len(gone_on) < len(callers):
        before = len(gone_on)
        await asyncio.sleep(0)
        counts.append(len(gone_on) - before)
    assert max(counts) <= TOLD_AT_ONCE
    assert gone_on == list(range(len(callers)))


def frames_committed(path: Path) -> int:
    """Count the commits in the write-ahead log: frames that give the size of the database after them.

    https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    log = path.with_name(f"{path.name}-wal").read_bytes()
    if not log:
        return 0
    page_size = int.from_bytes(log[8:12], "big")
    return sum(log[start + 4 : start + 8] != b"\0" * 4 for start in range(32, len(log), 24 + page_size))
