"""A file that only its owner can read, and a path that may be wrong."""

import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.engine.sqlite.opening import open_sqlite
from tests.storage.engine.accounts import unprivileged
from tests.storage.engine.sqlite.clips import keep


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
