"""Voices are suggested at every letter that somebody types, also in a server with thousands of them."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.models.common import Member
from bot.models.sharing import Cause
from bot.models.voices import Voice
from bot.services import servers, sharing
from bot.services.common.signing import Signer
from bot.services.sharing import suggestions
from bot.services.sharing.suggestions import LONGEST_WAIT, MANY, MOST, Suggestions
from bot.storage import build_stores
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.sharing.server_shares import Parts, ServerShareStore
from bot.storage.sharing.sharing import ShareEnd
from bot.storage.speech.utterances import UtteranceStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore
from tests.services.text.steps import counting
from tests.storage.guards import unguarded
from tests.stories.running import TravelClock

SIGNER = Signer(b"h" * 32, b"p" * 32)
HERE, ROLE, VOICES = 7, 70, 5000
BEN, CLEO = Member(id=2, name="Ben"), Member(id=3, name="Cleo", role_ids=frozenset({ROLE}))


class CountedShares(ServerShareStore):
    """Counts how often a server's shares are read, and reads them when the test says so."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reads = 0
        self.go_on, self.read = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def of(self, guild_id: int, known: Parts) -> Parts:  # as its callers see it
        self.reads += 1
        await self.go_on.wait()
        found = await super().of(guild_id, known)
        self.read.set()
        return found


class Typing:
    def __init__(self, database: Database, path: Path) -> None:
        self.clock, self.shares, self.path = TravelClock(), CountedShares(database), path
        self.suggestions = Suggestions(VoicesInReachStore(database), self.shares, UtteranceStore(database), self.clock)

    async def sees(self, member: Member, typed: str) -> list[str]:
        found = await self.suggestions.usable(member, HERE, typed, any_voice)
        return [choice.label for choice in found]

    def are_shared(self, first: int, last: int, *, shared: bool = True) -> None:
        """Make voices and share them, every tenth with a role alone."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for number in range(first, last):
                owner, id_ = 1000 + number // 5, id_of(number)
                values = (
                    id_,
                    owner,
                    f"Owner {owner}",
                    f"Voice {number}",
                    f"voice {number}",
                    "trained",
                    number % 5,
                    number,
                )
                connection.execute(
                    "INSERT INTO voice"
                    " (id, owner_id, owner_name, name, name_key, state, slot, channel_id, since, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?)",
                    values,
                )
                if not shared:
                    continue
                kind, target = ("role", ROLE) if number % 10 == 0 else ("server", 0)
                connection.execute(
                    "INSERT INTO share (voice_id, guild_id, audience, target_id, shared_by, shared_at)"
                    " VALUES (?, ?, ?, ?, ?, 1)",
                    (id_, HERE, kind, target, owner),
                )


def id_of(number: int) -> str:
    """Return the id of a voice; like real ones, they begin with all characters."""
    return f"{number:016x}"[::-1]


def any_voice(voice: Voice) -> bool:
    return True


@pytest.fixture(autouse=True)
def slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let suggestions wait for a slow machine, except inside `impatient`."""
    monkeypatch.setattr(suggestions, "LONGEST_WAIT", 30.0)


@contextmanager
def impatient() -> Generator[None]:
    """Wait no longer than the bot does, inside the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suggestions, "LONGEST_WAIT", LONGEST_WAIT)
        yield


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with open_database(f"sqlite:///{tmp_path}/mynah.db") as database:
        yield database


@pytest.fixture
def typing(database: Database, tmp_path: Path) -> Typing:
    return Typing(database, tmp_path / "mynah.db")


async def test_a_small_server_is_read_once_in_a_few_seconds_too(typing: Typing) -> None:
    typing.are_shared(1, 5)
    assert await typing.sees(BEN, "voice 3") == ["Voice 3"]
    typing.are_shared(31, 33)
    assert await typing.sees(CLEO, "voice 3") == ["Voice 3"]
    assert typing.shares.reads == 1
    typing.clock.forward(seconds=6)
    assert await typing.sees(BEN, "voice 3") == ["Voice 3", "Voice 31", "Voice 32"]


@pytest.mark.parametrize("change", ["share", "unshare", "rename", "delete", "erase"])
async def test_what_has_changed_is_seen_at_the_next_letter(database: Database, typing: Typing, change: str) -> None:
    stores = build_stores(database)
    shared = sharing.build(stores, servers.build(stores, SIGNER, typing.clock), typing.clock, allowed_servers=())
    typing.suggestions = shared.suggestions
    typing.are_shared(1, 3)
    assert await typing.sees(BEN, "") == ["Voice 1", "Voice 2"]
    [first, _] = await stores.shares.in_server(HERE)
    match change:
        case "share":
            typing.are_shared(3, 4, shared=False)
            third = await stores.voices.by_id(id_of(3))
            assert third is not None
            await stores.shares.add(replace(first, voice=third), guard=unguarded, entry="", most=25)
        case "unshare":
            end = ShareEnd(share=first, cause=Cause.UNSHARED, by_id=1000, by_name="Owner 1000", entry="")
            await stores.shares.end([end], 2)
        case "rename":
            await stores.voices.rename(first.voice.id, "Another")
        case "delete":
            await stores.voices.delete(
                first.voice.id, Cause.DELETED, by_id=1000, by_name="Owner 1000", entry="", now=2, look_until=2
            )
        case _:
            await stores.erasures.erase(1000, "nobody", news=lambda _: "", entry="", now=2, look_until=2)
    assert (
        await typing.sees(BEN, "")
        == {
            "share": ["Voice 1", "Voice 2", "Voice 3"],
            "unshare": ["Voice 2"],
            "rename": ["Another", "Voice 2"],
            "delete": ["Voice 2"],
            "erase": [],
        }[change]
    )


async def test_a_letter_does_not_wait_for_a_database_that_is_busy_with_something_else(
    database: Database, typing: Typing
) -> None:
    typing.are_shared(1, 5)
    owner = Member(id=1000, name="Owner 1000")
    async with database.reading(), database.reading():  # nobody else can read
        with impatient():
            assert await typing.sees(owner, "") == []
            assert await typing.suggestions.controlled(owner, "", any_voice) == []
            assert await typing.suggestions.shared(HERE, "") == []
    await typing.shares.read.wait()
    typing.shares.go_on.clear()
    assert await typing.sees(owner, "") == ["Voice 1", "Voice 2", "Voice 3", "Voice 4"]
    assert typing.shares.reads == 1, "the first letter's read went on"

    typing.clock.forward(seconds=6)
    async with database.reading(), database.reading():
        with impatient():
            assert await typing.sees(owner, "voice 2") == ["Voice 2"]
            assert await typing.sees(BEN, "voice 2") == ["Voice 2"]
    typing.shares.go_on.set()


async def test_a_read_from_before_a_change_is_not_kept(typing: Typing) -> None:
    typing.are_shared(1, 3)
    typing.shares.go_on.clear()
    with impatient():
        assert await typing.sees(BEN, "") == []
    typing.suggestions.outdate()
    typing.shares.go_on.set()
    typing.are_shared(3, 4)
    assert await typing.sees(BEN, "") == ["Voice 1", "Voice 2", "Voice 3"]
    assert typing.shares.reads == 2


async def test_what_was_read_before_a_change_is_not_shown_while_the_database_takes_long(typing: Typing) -> None:
    typing.are_shared(1, 3)
    assert await typing.sees(BEN, "") == ["Voice 1", "Voice 2"]
    typing.suggestions.outdate()
    typing.shares.go_on.clear()
    with impatient():
        assert await typing.sees(BEN, "") == []
    typing.shares.go_on.set()
    assert await typing.sees(BEN, "") == ["Voice 1", "Voice 2"]


async def test_whoever_types_on_waits_for_no_second_read(typing: Typing) -> None:
    typing.are_shared(1, 3)
    assert await typing.sees(BEN, "") == ["Voice 1", "Voice 2"]
    typing.are_shared(3, 4)
    typing.shares.go_on.clear()
    typing.shares.read.clear()
    typing.clock.forward(seconds=4)
    assert await typing.sees(BEN, "") == await typing.sees(BEN, "") == ["Voice 1", "Voice 2"]
    assert typing.shares.reads == 2
    typing.shares.go_on.set()
    await typing.shares.read.wait()
    await asyncio.sleep(0)
    assert await typing.sees(BEN, "") == ["Voice 1", "Voice 2", "Voice 3"]
    typing.clock.forward(seconds=2)
    assert await typing.sees(BEN, "") == ["Voice 1", "Voice 2", "Voice 3"]
    assert typing.shares.reads == 2


async def test_thirty_who_type_in_a_large_server_read_its_shares_once(typing: Typing) -> None:
    typing.are_shared(1, MANY + 100)
    typing.shares.go_on.clear()
    typists = [asyncio.create_task(typing.sees(Member(id=50 + n, name="M"), "voice 2")) for n in range(30)]
    await asyncio.sleep(0)
    typing.shares.go_on.set()
    for typist in typists:
        assert len(await typist) == MOST
    assert await typing.sees(BEN, "(owner 1001)") == [
        "Voice 5 (Owner 1001)",
        *(f"Voice {n} (Owner 1001)" for n in range(6, 10)),
    ]
    assert typing.shares.reads == 1

    typing.clock.forward(seconds=6)
    typing.are_shared(9001, 9002)
    assert await typing.sees(BEN, "voice 9001") == ["Voice 9001 (Owner 2800)"]
    assert typing.shares.reads == 2

    typing.clock.forward(seconds=6)
    typing.shares.go_on.clear()
    with impatient():
        assert len(await typing.sees(BEN, "voice")) == MOST, "what was read before does while the database takes long"
    typing.shares.go_on.set()


async def test_a_large_server_shows_nobody_what_is_not_for_them(typing: Typing) -> None:
    typing.are_shared(1, MANY + 100)
    assert await typing.sees(BEN, "voice 120") == []
    assert await typing.sees(CLEO, "voice 120") == ["Voice 120 (Owner 1024)"]
    owner = Member(id=1024, name="Owner 1024")
    assert await typing.sees(owner, "voice 120") == ["Voice 120"]
    managed = await typing.suggestions.shared(HERE, "voice 120")
    assert [choice.label for choice in managed] == ["Voice 120 (Owner 1024)"]


@pytest.mark.slow
async def test_a_letter_typed_among_thousands_of_voices_takes_few_steps(typing: Typing) -> None:
    typing.are_shared(1, VOICES)
    await typing.sees(BEN, "")
    for typed in ("", "v", "voice 4999", "(owner 1", "nothing like it"):
        with counting() as steps:
            await typing.sees(BEN, typed)
        assert steps.count <= 3 * VOICES, typed


@pytest.mark.slow
async def test_of_thousands_of_voices_only_a_changed_one_is_prepared_again(typing: Typing) -> None:
    typing.are_shared(1, VOICES)
    await typing.sees(BEN, "")
    with closing(sqlite3.connect(typing.path)) as connection, connection:
        connection.execute("UPDATE voice SET name = 'Parrot' WHERE id = ?", (id_of(4711),))
    typing.suggestions.outdate()
    with counting() as steps:
        assert await typing.sees(BEN, "parrot") == ["Parrot (Owner 1942)"]
    assert steps.count <= 5 * VOICES
