"""What only SQLite has: a file with permissions, space and locks, and a path that may be wrong."""

import asyncio
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UserError
from bot.storage.engine import sqlite
from bot.storage.engine.backup import back_up
from bot.storage.engine.database import Block, Database, DatabaseTrouble, Session
from bot.storage.engine.opening import open_database
from bot.storage.engine.sqlite import BATCH, TOLD_AT_ONCE, open_sqlite
from tests.storage.engine.accounts import unprivileged

MIB = 1024 * 1024
VOICE = b"a member's voice" * (MIB // 16)


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    async with open_database(sqlite_url) as opened:
        async with opened.writing() as db:
            await db.execute("CREATE TABLE clip (id BIGINT PRIMARY KEY, sound BYTEA)")
        yield opened


async def keep(database: Database, *numbers: int) -> None:
    async with database.writing() as db:
        for number in numbers:
            await db.execute("INSERT INTO clip VALUES ($1, $2)", number, VOICE)


async def kept(database: Database) -> list[int]:
    async with database.reading() as db:
        return [row["id"] for row in await db.fetch_all("SELECT id FROM clip ORDER BY id")]


def size(path: Path) -> int:
    return path.stat().st_size


async def test_nobody_else_on_the_machine_may_read_the_files(database: Database, path: Path) -> None:
    await keep(database, 1)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {
        "mynah.db": 0o600,
        "mynah.db-wal": 0o600,
        "mynah.db-shm": 0o600,
        "mynah.db-lock": 0o600,
    }


async def test_files_that_others_may_read_are_made_private(sqlite_url: str, path: Path) -> None:
    async with open_database(sqlite_url):
        for file in path.parent.iterdir():
            file.chmod(0o644)
        async with open_database(sqlite_url):
            assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("ending", ["", "-wal"])
async def test_a_file_that_cannot_be_made_private_is_refused(
    sqlite_url: str, path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(sqlite_url):
        pass
    file = path.with_name(path.name + ending)
    file.touch()
    file.chmod(0o640)

    def changes_nothing(_: Path, __: int) -> None:
        """Change nothing, like a file system without permissions."""

    monkeypatch.setattr(Path, "chmod", changes_nothing)
    with pytest.raises(UserError, match=f"Other accounts of this machine can read “.*mynah.db{ending}”"):
        await open_sqlite(sqlite_url)


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
    empty = sqlite._empty_log  # counted
    monkeypatch.setattr(sqlite, "_empty_log", empty_log)
    monkeypatch.setattr(sqlite, "LONGEST_PUT_OFF", put_off)
    monkeypatch.setattr(sqlite, "SPACE_WORTH_RETURNING", 10**6)  # else the log is emptied twice
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


async def refusal(url: str, *, lock_timeout: float = 0.01) -> str:
    with pytest.raises(UserError) as refused:
        await open_sqlite(url, lock_timeout=lock_timeout)
    return str(refused.value)


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Not a database. " * 100)
    before = notes.read_bytes()
    assert await refusal(f"sqlite:///{notes}") == (
        f"The database “{notes}” cannot be used: it is no SQLite database. "
        "Move that file away, or set DATABASE_URL to another one."
    )
    assert notes.read_bytes() == before


async def test_a_database_that_another_program_holds_is_named(sqlite_url: str, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("CREATE TABLE theirs (id BIGINT)")
        assert await refusal(sqlite_url) == (
            f"The database “{path}” cannot be used: another program keeps it locked. "
            "End that program, then start again."
        )


async def test_a_damaged_database_is_not_opened(sqlite_url: str, path: Path) -> None:
    async with open_database(sqlite_url):
        pass
    with path.open("r+b") as file:
        file.seek(100)  # the first page, behind the header
        file.write(b"\xff" * 3000)
    assert f"“{path}” cannot be used: it is damaged. Restore it from a backup." in await refusal(sqlite_url)


async def test_a_folder_that_may_not_be_written_is_named() -> None:
    with unprivileged_in_a_readonly_folder() as folder:
        assert await refusal(f"sqlite:///{folder}/mynah.db") == (
            f"The database “{folder}/mynah.db” cannot be used: permission denied. Let the account that runs "
            "the bot write to the file and its folder, or set DATABASE_URL to another place."
        )


@contextmanager
def unprivileged_in_a_readonly_folder() -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o555)
    try:
        with unprivileged():
            yield folder
    finally:
        shutil.rmtree(folder)


async def test_a_url_that_names_a_folder_is_explained(tmp_path: Path) -> None:
    assert f"“{tmp_path}” cannot be used: is a directory." in await refusal(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://data/mynah.db",
        "sqlite:///a?mode=ro",
        "sqlite:///a#b",
    ],
)
async def test_a_url_that_names_no_file_is_explained(url: str) -> None:
    assert "Write sqlite:///data/mynah.db for" in await refusal(url)


@pytest.mark.parametrize("url", ["", "data/mynah.db", "mysql://mynah:secret@db/mynah", "postgresql:secret"])
async def test_a_url_of_another_kind_is_explained_without_showing_it(url: str) -> None:
    with pytest.raises(UserError, match=r"^DATABASE_URL must begin with sqlite:/// .* or with postgresql://\.$"):
        async with open_database(url):
            pass


async def test_three_slashes_are_relative_and_percent_signs_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_database("sqlite:///new%20folder/mynah%231.db"):
        pass
    assert (tmp_path / "new folder" / "mynah#1.db").is_file()


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
