"""How much a member may have spoken per UTC day."""

from secrets import token_hex

from bot.clock import DAY, MINUTE, Clock, day_of, next_day
from bot.errors import UserError
from bot.models import Charge
from bot.services.wording import distance
from bot.storage.allowances import AllowanceStore

KEPT_DAYS = 7
LONGEST_SPEECH = 20 * MINUTE  # longer than an interaction lives, so whatever was to be heard has been


class AllowanceUsedUp(UserError):
    def __init__(self, characters: int, left: int, limit: int, *, renewed_at: int) -> None:
        counts = f"This text has {characters} characters, and you have {left} of your {limit} left today."
        advice = "Shorten it, or try again" if left else "Try again"
        super().__init__(f"{counts} {advice} {distance(renewed_at)}.")


class AllowanceService:
    def __init__(self, store: AllowanceStore, clock: Clock, *, daily_characters: int) -> None:
        self._store = store
        self._clock = clock
        self._limit = daily_characters

    async def charge(self, member_id: int, characters: int) -> Charge | None:
        """Count characters for today; None where there is no limit. Raises AllowanceUsedUp and counts nothing."""
        if not self._limit:
            return None
        now = self._clock.now()
        charge = Charge(id=token_hex(8), member_id=member_id, day=day_of(now), characters=characters, charged_at=now)
        if not await self._store.spend(charge, limit=self._limit):
            left = max(0, self._limit - await self._store.spent(member_id, charge.day))
            raise AllowanceUsedUp(characters, left, self._limit, renewed_at=next_day(now))
        return charge

    async def settle(self, charge: Charge | None) -> None:
        """The sound was heard."""
        if charge is not None:
            await self._store.settle(charge.id)

    async def give_back(self, charge: Charge | None) -> None:
        """Undo a charge whose sound was never heard."""
        if charge is not None:
            await self._store.give_back(charge.id)

    async def give_back_abandoned(self) -> None:
        """At a start: give back what a process had charged when it died."""
        now = self._clock.now()
        for charge_id in await self._store.abandoned(now=now, charged_before=now - LONGEST_SPEECH):
            await self._store.give_back(charge_id)

    async def forget_old(self) -> None:
        await self._store.forget_before(day_of(self._clock.now() - KEPT_DAYS * DAY))
