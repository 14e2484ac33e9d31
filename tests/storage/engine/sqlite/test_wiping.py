"""What is deleted is overwritten in all files, also by the next process or beside one that reads."""

import asyncio
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.storage.engine.database import Database, Session
from bot.storage.engine.opening import open_database
from bot.storage.engine.sqlite import wiping
from bot.storage.engine.sqlite.backup import back_up
from bot.storage.engine.sqlite.database import BATCH
from tests.storage.engine.sqlite.clips import MIB, keep, size


async def test_wiping_waits_for_those_who_read_and_covers_what_others_deleted(
    database: Database, sqlite_url: str, path: Path
) -> None:
    await keep(database, 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM clip").fetchone()
        async with open_database(sqlite_url) as other:
            async with other.writing() as db:
                await db.execute("DELETE FROM clip")
                db.wipes()
            assert not await database.wipe()
            reader.execute("COMMIT")
            assert await database.wipe()
            assert not any(b"a member's voice" in file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize("again", [True, False])
async def test_a_wipe_in_passing_leaves_nothing_to_later_writes(database: Database, path: Path, *, again: bool) -> None:
    assert await database.wipe()
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM clip").fetchone()
        await keep(database, 1)
        assert not await database.wipe(again=again)
        reader.execute("COMMIT")
        await keep(database, 2)
        assert (size(path.with_name(f"{path.name}-wal")) == 0) is again


async def test_a_deleted_voice_is_wiped_and_its_space_given_back(database: Database, path: Path) -> None:
    await keep(database, *range(8))
    assert size(path) > 8 * MIB
    async with database.writing() as db:
        await db.execute("DELETE FROM clip")
        db.wipes()
    assert size(path) < MIB
    assert not any(b"a member's voice" in file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize(("put_off", "wipes"), [(3600.0, 1), (0.0, 3)])
async def test_blocks_that_wait_share_a_wipe_for_a_while(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch, put_off: float, wipes: int
) -> None:
    async def delete(db: Session) -> None:
        await db.execute("DELETE FROM clip")
        db.wipes()

    def empty_log(connection: sqlite3.Connection) -> bool:
        emptied.append(connection)
        return empty(connection)

    await keep(database, 1)
    emptied: list[sqlite3.Connection] = []
    empty = wiping._empty_log  # counted
    monkeypatch.setattr(wiping, "_empty_log", empty_log)
    monkeypatch.setattr(wiping, "LONGEST_PUT_OFF", put_off)
    monkeypatch.setattr(wiping, "SPACE_WORTH_RETURNING", 10**6)  # else the log is emptied twice
    async with database.writing():  # so that all wait
        writes = [asyncio.create_task(database.write(delete)) for _ in range(3 * BATCH)]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)
    assert len(emptied) == wipes
    assert not any(b"a member's voice" in file.read_bytes() for file in path.parent.iterdir())


def open_files() -> list[str]:
    """Return the names of this process's open files, of deleted ones too; none if the system does not tell."""
    return [str(file.readlink()) for file in Path("/proc/self/fd").glob("*") if file.is_symlink()]


async def test_what_is_deleted_goes_to_no_temporary_file(database: Database) -> None:
    await keep(database, *range(4))
    opened = list[str]()

    async def delete(db: Session) -> None:
        await db.execute("DELETE FROM clip")
        opened.extend(open_files())

    # Several blocks at once share a transaction, and each of them could still be taken back.
    await asyncio.gather(*(database.write(delete) for _ in range(3)))
    assert not [name for name in opened if "etilqs" in name]


@pytest.fixture
def careless_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every connection begin as in an SQLite that is built without SQLITE_SECURE_DELETE, unlike Debian's."""
    connect = sqlite3.connect

    def connect_carelessly(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*args, **options)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_carelessly)


async def test_deleted_bytes_are_overwritten_also_by_a_sqlite_that_does_not_by_itself(
    careless_sqlite: None, sqlite_url: str, path: Path, tmp_path: Path
) -> None:
    async with open_database(sqlite_url) as database:
        async with database.writing() as db:
            await db.execute("CREATE TABLE clip (id BIGINT PRIMARY KEY, sound BYTEA)")
            for number in range(60):
                await db.execute("INSERT INTO clip VALUES ($1, $2)", number, b"#%d: a voice" % number)
            await db.execute("INSERT INTO clip VALUES (60, $1)", b"a long voice" * 4000)
        async with database.writing() as db:
            await db.execute("DELETE FROM clip WHERE id BETWEEN 20 AND 29 OR id = 60")
            db.wipes()
        back_up(sqlite_url, tmp_path / "copy.db")
        for file in (*path.parent.iterdir(), tmp_path / "copy.db"):
            found = {int(number) for number in re.findall(rb"#(\d+): a voice", file.read_bytes())}
            assert not found & {*range(20, 30)}, f"in the free space of a page of {file.name}"
            assert b"a long voice" not in file.read_bytes(), f"in a free page of {file.name}"


async def test_copies_of_deleted_rows_stay_in_no_page_when_the_file_is_written_anew(
    database: Database, path: Path
) -> None:
    """SQLite moves rows to the next page when one is full, and leaves what it moved where it was."""
    async with database.writing() as db:
        await db.execute("CREATE TABLE name (id BIGINT PRIMARY KEY, name TEXT)")
        await db.execute("CREATE INDEX name_name ON name (name)")
        for number in range(4000):
            await db.execute(
                "INSERT INTO name VALUES ($1, $2)", number, f"#{number % 40}: a name {'x' * (number % 31)}"
            )
    for number in range(20):
        async with database.writing() as db:
            await db.execute("DELETE FROM name WHERE id % 40 = $1", number)
            db.wipes()

    def found() -> set[int]:
        return {
            int(number) for file in path.parent.iterdir() for number in re.findall(rb"#(\d+): a", file.read_bytes())
        }

    assert found() & {*range(20)}, "this SQLite leaves nothing, and the file need not be written anew"
    assert await database.wipe(wholly=True)
    assert found() == {*range(20, 40)}


async def test_a_disk_without_room_to_write_the_file_anew_is_not_left_full(database: Database, path: Path) -> None:
    await keep(database, *range(4))
    log_file = path.with_name(f"{path.name}-wal")
    with capture_logs() as logs, no_file_larger_than(size(path)):  # its log is, by what stands before each page
        assert not await database.wipe(wholly=True)
    assert size(log_file) == 0
    assert [entry["event"] for entry in logs] == ["what was deleted is not overwritten"]
    assert await database.wipe(wholly=True)


@contextmanager
def no_file_larger_than(most: int) -> Generator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS takes no such name")
async def test_a_file_is_written_anew_also_in_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/{os.fsdecode(b'voices-%c' % 255)}/mynah.db") as database:
        assert await database.wipe(wholly=True)


KILLED_BEFORE_IT_WIPES = """
import asyncio, os, signal, sys
from bot.storage.engine.opening import open_database

async def main():
    async with open_database(sys.argv[1]) as database:
        async with database.writing() as db:
            await db.execute("CREATE TABLE clip (sound BYTEA)")
            await db.execute("INSERT INTO clip VALUES ($1)", b"a member's voice" * 4096)
        async with database.writing() as db:
            await db.execute("DELETE FROM clip")
            await db.execute("COMMIT")
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_a_start_wipes_what_a_killed_process_has_deleted(sqlite_url: str, path: Path) -> None:
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED_BEFORE_IT_WIPES, sqlite_url], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert any(b"a member's voice" in file.read_bytes() for file in path.parent.iterdir())
    async with open_database(sqlite_url):
        assert not any(b"a member's voice" in file.read_bytes() for file in path.parent.iterdir())
