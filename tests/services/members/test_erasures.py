"""Where the file is large, erasures do not hold up all writing again and again, and receipts come all the same."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.clock import HOUR, SECOND
from bot.models.members import Erasure
from bot.services.common.signing import Signer
from bot.services.members.erasures import REST, ErasureService
from bot.services.servers.guards import Guards
from bot.storage.engine.database import Database, Session, finished
from bot.storage.members.erasures import ErasureStore
from tests.stories.running import TravelClock

ANN, BEN = 700_000_000_000_000_001, 700_000_000_000_000_002
TAKES = 3 * SECOND


class LargeFile(ErasureStore):
    """Takes seconds to be written anew, and notes who got a receipt."""

    def __init__(self, database: Database, clock: TravelClock) -> None:
        super().__init__(database)
        self._clock = clock
        self.receipts: list[int] = []
        self.written = 0

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:
        if wholly:
            self.written += 1
            self._clock.forward(seconds=TAKES / SECOND)
        return await super().wipe(wholly=wholly, again=again)

    async def finish(self, erasure: Erasure, receipt: str, now: int) -> bool:
        self.receipts.append(erasure.member_id)
        return await super().finish(erasure, receipt, now)


class HugeFile(LargeFile):
    """Takes until `is_written` to be written anew, also if the turn has taken too long by then."""

    def __init__(self, database: Database, clock: TravelClock) -> None:
        super().__init__(database, clock)
        self.has_begun, self.is_written = asyncio.Event(), asyncio.Event()

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:
        async def write() -> bool:
            self.has_begun.set()
            await self.is_written.wait()
            return await super(HugeFile, self).wipe(wholly=wholly, again=again)

        return await finished(write())


def service_of(store: ErasureStore, clock: TravelClock) -> ErasureService:
    return ErasureService(store, Guards(Signer(b"h" * 32, b"p" * 32)), clock)


async def erase(service: ErasureService, database: Database, member_id: int) -> None:
    async def prefer(db: Session) -> None:
        await db.execute("INSERT INTO preference (member_id) VALUES ($1)", member_id)

    await database.write(prefer)
    await service.erase(member_id, asked_by=member_id)


async def test_a_receipt_waits_until_the_file_has_rested(database: Database) -> None:
    clock = TravelClock()
    store = LargeFile(database, clock)
    service = service_of(store, clock)

    async def erased(member_id: int) -> list[int]:
        await erase(service, database, member_id)
        await service.turn()
        return store.receipts

    assert await erased(ANN) == [ANN]
    assert await erased(BEN) == [ANN]
    due = await service.next_due()
    assert due is not None
    assert due > clock.now() + (REST - 1) * TAKES
    clock.forward(seconds=(due - clock.now()) / SECOND + 1)
    await service.turn()
    assert store.receipts == [ANN, BEN]


async def test_a_receipt_comes_although_the_file_takes_longer_than_a_turn(database: Database) -> None:
    clock = TravelClock()
    store = HugeFile(database, clock)
    service = service_of(store, clock)
    await erase(service, database, ANN)

    await cut_short(service.turn, store)

    assert store.receipts == [ANN]
    await erase(service, database, BEN)
    await service.turn()
    assert store.receipts == [ANN]
    assert await service.next_due() is not None


async def test_a_file_that_takes_longer_than_a_turn_is_written_anew_once_a_day(database: Database) -> None:
    clock = TravelClock()
    store = HugeFile(database, clock)
    service = service_of(store, clock)
    store.is_written.set()
    await service.wipe()
    clock.forward(seconds=HOUR / SECOND + 1)
    store.is_written.clear()

    await cut_short(service.wipe, store)

    clock.forward(seconds=2 * HOUR / SECOND)
    await service.wipe()
    assert store.written == 1


async def cut_short(work: Callable[[], Coroutine[Any, Any, None]], store: HugeFile) -> None:
    """Cancel `work` while the file is written anew, as the end of a turn's time does."""
    store.has_begun.clear()
    task = asyncio.create_task(work())
    await store.has_begun.wait()
    task.cancel()
    store.is_written.set()
    with pytest.raises(asyncio.CancelledError):
        await task
