"""Limits the recordings that Fish Audio listens to per UTC day, for each member and in each server."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from secrets import token_hex

from bot.clock import Clock, day_of, next_day
from bot.errors import Busy, CreditUsedUp, KeyRefused, NotReached, UserError
from bot.models.common import Charge
from bot.services.common.signing import Signer
from bot.services.common.wording import distance
from bot.storage.common.budgets import BudgetStore, OverBudget

_SURELY_UNPAID = (Busy, CreditUsedUp, KeyRefused, NotReached)


class NoListeningLeft(UserError):
    """Names the limit that was reached, and when it is renewed."""

    def __init__(self, whose: str, owner: str, limit: int, renewed_at: int) -> None:
        recordings = "one recording" if limit == 1 else f"{limit} recordings"
        self.reached = f"I have listened to {recordings} {whose} today, which is the most"
        super().__init__(f"{self.reached}. Use this command again {distance(renewed_at)}.")
        # For others than the member as well, and for later.
        self.for_later = (
            f"Fish Audio had to listen to it, and the limit of {recordings} a day {owner} was reached. A new day "
            "begins at midnight UTC"
        )


class Listenings:
    """Counts listenings under pseudonyms, so that an erasure renews no budget."""

    def __init__(self, store: BudgetStore, signer: Signer, clock: Clock, *, per_member: int, per_server: int) -> None:
        """Bound recordings per day; 0 means no limit."""
        self._store = store
        self._signer = signer
        self._clock = clock
        self._per_member = per_member or None
        self._per_server = per_server or None

    @asynccontextmanager
    async def counted(self, member_id: int, guild_id: int | None) -> AsyncGenerator[Callable[[], None]]:
        """Count one listening, and give it back if Fish Audio surely was not paid for it.

        The block must call what it is given when Fish Audio is asked. Raises NoListeningLeft.
        """
        charge, may_be_paid = await self._charge(member_id, guild_id), False

        def asking() -> None:
            nonlocal may_be_paid
            may_be_paid = True

        try:
            yield asking
        except _SURELY_UNPAID:
            may_be_paid = False
            raise
        finally:
            await asyncio.shield(self._store.settle(charge.id) if may_be_paid else self._store.give_back(charge.id))

    async def _charge(self, member_id: int, guild_id: int | None) -> Charge:
        now = self._clock.now()
        charge = Charge(id=token_hex(8), day=day_of(now), characters=1, charged_at=now)
        of_member = self._signer.pseudonym("listening", str(member_id), charge.day)
        limits = {of_member: self._per_member}
        if guild_id is not None:
            limits[f"listening:{guild_id}"] = self._per_server
        try:
            await self._store.spend(charge, limits)
        except OverBudget as over:
            mine = of_member in over.spent
            raise NoListeningLeft(
                "of yours" if mine else "in this server",
                "for each member" if mine else "for each server",
                (self._per_member if mine else self._per_server) or 0,
                next_day(now),
            ) from None
        return charge
