"""A listening counts from when Fish Audio was asked for it, and not while it waits for its turn."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.errors import FishAudioError, UserError
from bot.fish_audio.client import FishAudio, StillWanted
from bot.services.common.signing import Signer
from bot.services.consent.listenings import Listenings
from bot.storage.common.budgets import BudgetStore
from bot.storage.engine.database import Database
from tests.fish_audio.odd_service import Answer, Answered, OddService, Reset, Silence, fish_audio_at
from tests.stories.running import TravelClock

ANN, SERVER = 1, 7
HEARD = Answered(200, b'{"text": "Hello"}')


@pytest.fixture
async def one_slot(service: OddService) -> AsyncGenerator[FishAudio]:
    async with fish_audio_at(service.url, concurrency=1) as fish_audio:
        yield fish_audio


@pytest.fixture
def listenings(database: Database) -> Listenings:
    return Listenings(BudgetStore(database), Signer(b"h" * 32, b"p" * 32), TravelClock(), per_member=9, per_server=9)


async def listen(listenings: Listenings, fish_audio: FishAudio, is_wanted: StillWanted | None = None) -> str:
    async with listenings.counted(ANN, SERVER) as asking:
        return await fish_audio.transcribe(b"RIFF", member_id=ANN, is_wanted=is_wanted, on_asking=asking)


async def booked(database: Database) -> tuple[list[int], int]:
    """Return what each budget has counted, and the number of charges that are still open."""
    async with database.reading() as db:
        budgets = await db.fetch_all("SELECT characters FROM budget")
        charges = await db.fetch_all("SELECT id FROM charge")
    return [row["characters"] for row in budgets], len(charges)


async def test_what_is_given_up_while_it_waits_for_its_turn_counts_nothing(
    listenings: Listenings, one_slot: FishAudio, service: OddService, database: Database
) -> None:
    service.answer = Silence()
    first = asyncio.create_task(listen(listenings, one_slot))
    await service.has_received(1)
    second = asyncio.create_task(listen(listenings, one_slot))
    async with asyncio.timeout(30):
        while await booked(database) != ([2, 2], 4):  # noqa: ASYNC110 - nothing else shows that it is counted
            await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    assert await booked(database) == ([1, 1], 2)
    first.cancel()
    await asyncio.wait([first])
    assert await booked(database) == ([1, 1], 0), "Fish Audio was asked for the first"


async def test_what_is_no_longer_wanted_when_its_turn_comes_counts_nothing(
    listenings: Listenings, one_slot: FishAudio, service: OddService, database: Database
) -> None:
    async def is_wanted() -> bool:
        raise UserError("It is deleted.")

    with pytest.raises(UserError):
        await listen(listenings, one_slot, is_wanted)
    assert await booked(database) == ([0, 0], 0)
    assert not service.received


@pytest.mark.parametrize(
    ("answer", "count"),
    [(HEARD, 1), (Answered(200, b"{}"), 1), (Answered(422), 1), (Reset(), 1), (Answered(429), 0), (Answered(402), 0)],
    ids=["heard", "unreadable", "refused", "reset", "busy", "no credit"],
)
async def test_what_fish_audio_may_have_listened_to_counts(
    listenings: Listenings, one_slot: FishAudio, service: OddService, database: Database, answer: Answer, count: int
) -> None:
    service.answer = answer
    try:
        assert await listen(listenings, one_slot) == "Hello"
    except FishAudioError:
        assert answer != HEARD
    assert await booked(database) == ([count, count], 0)
