"""Members who erase themselves again and again do not hold up all writing where the file is large."""

from bot.clock import SECOND
from bot.models.members import Erasure
from bot.services.common.signing import Signer
from bot.services.members.erasures import REST, ErasureService
from bot.services.servers.guards import Guards
from bot.storage.engine.database import Database, Session
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

    async def wipe(self, *, wholly: bool = False, again: bool = True) -> bool:
        if wholly:
            self._clock.forward(seconds=TAKES / SECOND)
        return await super().wipe(wholly=wholly, again=again)

    async def finish(self, erasure: Erasure, receipt: str, now: int) -> bool:
        self.receipts.append(erasure.member_id)
        return await super().finish(erasure, receipt, now)


async def test_a_receipt_waits_until_the_file_has_rested(database: Database) -> None:
    clock = TravelClock()
    store = LargeFile(database, clock)
    service = ErasureService(store, Guards(Signer(b"h" * 32, b"p" * 32)), clock)

    async def erased(member_id: int) -> list[int]:
        async def prefer(db: Session) -> None:
            await db.execute("INSERT INTO preference (member_id) VALUES ($1)", member_id)

        await database.write(prefer)
        await service.erase(member_id, asked_by=member_id)
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
