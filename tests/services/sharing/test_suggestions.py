"""Voices are suggested at every letter that somebody types, also in a server with thousands of them."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest

from bot.models import Member, Share, Voice
from bot.services.sharing.suggestions import MANY, MOST, Suggestions
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.sharing.sharing import ShareStore
from bot.storage.voices.voices_in_reach import VoicesInReachStore
from tests.services.text.steps import counting
from tests.stories.running import TravelClock

HERE, ROLE, VOICES = 7, 70, 5000
BEN, CLEO = Member(id=2, name="Ben"), Member(id=3, name="Cleo", role_ids=frozenset({ROLE}))


class CountedShares(ShareStore):
    """Counts how often a server's shares are read, and reads them when the test says so."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reads = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def in_server(self, guild_id: int) -> list[Share]:  # pyright: ignore[reportIncompatibleMethodOverride]  # as its callers see it
        self.reads += 1
        await self.go_on.wait()
        return await super().in_server(guild_id)


class Typing:
    def __init__(self, database: Database, path: Path) -> None:
        self.clock, self.shares, self.path = TravelClock(), CountedShares(database), path
        self.suggestions = Suggestions(VoicesInReachStore(database), self.shares, self.clock)

    async def sees(self, member: Member, typed: str) -> list[str]:
        found = await self.suggestions.usable(member, HERE, typed, any_voice)
        return [choice.label for choice in found]

    def are_shared(self, first: int, last: int) -> None:
        """Share voices, every tenth with a role alone."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for number in range(first, last):
                owner, id_ = 1000 + number // 5, f"{number:016x}"
                values = (id_, owner, f"Owner {owner}", f"Voice {number}", f"voice {number}", "trained", number % 5)
                connection.execute(
                    "INSERT INTO voice"
                    " (id, owner_id, owner_name, name, name_key, state, slot, channel_id, since, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, 1)",
                    values,
                )
                kind, target = ("role", ROLE) if number % 10 == 0 else ("server", 0)
                connection.execute(
                    "INSERT INTO share (voice_id, guild_id, audience, target_id, shared_by, shared_at)"
                    " VALUES (?, ?, ?, ?, ?, 1)",
                    (id_, HERE, kind, target, owner),
                )


def any_voice(voice: Voice) -> bool:
    return True


@pytest.fixture
async def typing(tmp_path: Path) -> AsyncGenerator[Typing]:
    async with open_database(f"sqlite:///{tmp_path}/mynah.db") as database:
        yield Typing(database, tmp_path / "mynah.db")


async def test_a_small_server_is_read_anew_for_each_letter(typing: Typing) -> None:
    typing.are_shared(1, 5)
    assert await typing.sees(BEN, "voice 3") == ["Voice 3"]
    typing.are_shared(31, 33)
    assert await typing.sees(BEN, "voice 3") == ["Voice 3", "Voice 31", "Voice 32"]


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


@pytest.mark.parametrize("typed", ["", "v", "voice 4999", "(owner 1", "nothing like it"])
async def test_a_letter_typed_among_thousands_of_voices_takes_few_steps(typing: Typing, typed: str) -> None:
    typing.are_shared(1, VOICES)
    await typing.sees(BEN, "")
    with counting() as steps:
        await typing.sees(BEN, typed)
    assert steps.count <= 3 * VOICES
