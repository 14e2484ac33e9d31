"""Everything moves from one engine to the other, whole or not at all."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString, cast

import pytest

from bot.database_url import engine_of, file_of
from bot.errors import UserError
from bot.storage.engine.moving import ROWS_AT_ONCE, move
from bot.storage.engine.opening import open_database
from tests.databases.dying_move import move_and_die
from tests.databases.new_database import make_database
from tests.storage.members.full_tables import Filling
from tests.stories.bots.forking import CONTEXT, until_ended

pytestmark = pytest.mark.usefixtures("postgres")

Urls = tuple[str, str]


@pytest.fixture(params=["to PostgreSQL", "to SQLite"])
def urls(request: pytest.FixtureRequest, sqlite_url: str, postgres_url: str) -> Urls:
    """The addresses of a source and a target."""
    return (sqlite_url, postgres_url) if request.param == "to PostgreSQL" else (postgres_url, sqlite_url)


async def fill(url: str) -> None:
    """Put rows into every table, and into one of them more than are copied at once."""
    if engine_of(url) == "sqlite":
        make_database(file_of(url))
    async with open_database(url) as database, database.writing() as db:
        filling = Filling(database)
        for table in filling.tables:
            await filling.insert(db, table, {})
        for number in range(ROWS_AT_ONCE + 1):
            await filling.insert(db, "block", {"guild_id": 1, "member_id": number})


async def everything(url: str) -> dict[str, list[Any]]:
    async with open_database(url) as database, database.reading() as db:
        rows: dict[str, list[Any]] = {}
        for table in Filling(database).tables:
            query = cast("LiteralString", f"SELECT * FROM {table}")  # noqa: S608 - a name from the schema
            rows[table] = sorted(repr(sorted(row.items())) for row in await db.fetch_all(query))
        return rows


async def is_empty(url: str) -> bool:
    return not any((await everything(url)).values())


async def refusal(source: str, target: str) -> str:
    with pytest.raises(UserError) as refused:
        await move(source, target)
    return str(refused.value)


async def test_every_row_of_every_table_arrives(urls: Urls) -> None:
    source, target = urls
    await fill(source)
    before = await everything(source)
    assert all(before.values())
    counts = await move(source, target)
    assert counts == {table: len(rows) for table, rows in before.items()}
    assert await everything(target) == before == await everything(source)


async def test_a_target_that_is_not_empty_keeps_what_it_has(urls: Urls) -> None:
    source, target = urls
    await fill(source)
    async with open_database(target) as database:
        await Filling(database).add("secret", {"name": "key"})
    before = await everything(target)
    assert await refusal(source, target) == (
        "The database of --to is not empty, and I overwrite nothing. Name an empty one."
    )
    assert await everything(target) == before


@pytest.mark.parametrize("used", ["--from", "--to"])
async def test_a_database_that_a_bot_has_open_is_refused(urls: Urls, used: str) -> None:
    source, target = urls
    await fill(source)
    async with open_database(source if used == "--from" else target):
        assert await refusal(source, target) == (
            f"Another process uses the database of {used}. Stop the bot, then try again."
        )
    assert await is_empty(target)


async def test_a_move_that_breaks_off_leaves_the_target_empty(sqlite_url: str, postgres_url: str) -> None:
    await fill(sqlite_url)
    async with open_database(postgres_url) as database, database.writing() as db:
        await db.execute("ALTER TABLE alert ADD CONSTRAINT no_alerts CHECK (kind = 'none')")
    said = await refusal(sqlite_url, postgres_url)
    assert said.startswith("The move broke off (new row for relation")
    assert said.endswith("and nothing was moved. Put it right, then try again.")
    assert await is_empty(postgres_url)


async def killed(source: str, target: str, *, behind: int) -> None:
    process = CONTEXT.Process(target=move_and_die, args=(source, target, behind))
    process.start()
    assert await until_ended(process) == -signal.SIGKILL
    for url in (source, target):
        await until_alone(url)


async def until_alone(url: str) -> None:
    """Wait until PostgreSQL has noticed that the other process is dead."""
    async with asyncio.timeout(30):
        while True:
            async with open_database(url) as database, database.reading() as db:
                if db.is_alone:
                    return


@pytest.mark.parametrize("behind", [1, 20])
async def test_a_move_that_is_killed_has_moved_nothing_and_can_begin_again(urls: Urls, behind: int) -> None:
    source, target = urls
    await fill(source)
    before = await everything(source)
    await killed(source, target, behind=behind)
    assert await everything(source) == before
    assert await is_empty(target)
    await move(source, target)
    assert await everything(target) == before == await everything(source)


async def test_a_move_that_is_killed_when_it_is_done_is_whole_and_not_done_again(urls: Urls) -> None:
    source, target = urls
    await fill(source)
    before = await everything(source)
    await killed(source, target, behind=0)
    assert await everything(target) == before == await everything(source)
    assert (await refusal(source, target)).startswith("The database of --to is not empty, and I overwrite nothing.")


def nowhere(folder: Path, url: str) -> Urls:
    return f"sqlite:///{folder}/nowhere.db", url


def to_itself(_: Path, url: str) -> Urls:
    return url, url


def to_its_file_written_otherwise(folder: Path, _: str) -> Urls:
    (folder / "mynah.db").touch()
    return f"sqlite:///{folder}/mynah.db", f"sqlite:///{folder}/below/../mynah.db"


def to_a_typing_error(_: Path, url: str) -> Urls:
    return url, "mysql://db"


@pytest.mark.parametrize(
    ("addresses", "sentence"),
    [
        (nowhere, "to move. Name the one that the bot uses."),
        (to_itself, "--from and --to name the same database."),
        (to_its_file_written_otherwise, "--from and --to name the same database."),
        (to_a_typing_error, "The address after --from or --to must begin with sqlite:///"),
    ],
)
async def test_addresses_that_cannot_be_meant_are_refused(
    addresses: Callable[[Path, str], Urls], sentence: str, tmp_path: Path, postgres_url: str
) -> None:
    assert sentence in await refusal(*addresses(tmp_path, postgres_url))
    assert not (tmp_path / "nowhere.db").exists()
