"""How much a member may have spoken per UTC day."""

from dataclasses import dataclass

from bot.clock import DAY, Clock, day_of, next_day
from bot.errors import UserError
from bot.services.wording import distance
from bot.storage.allowances import AllowanceStore

KEPT_DAYS = 7


class AllowanceUsedUp(UserError):
    def __init__(self, characters: int, left: int, limit: int, *, renewed_at: int) -> None:
        counts = f"This text has {characters} characters, and you have {left} of your {limit} left today."
        advice = "Shorten it, or try again" if left else "Try again"
        super().__init__(f"{counts} {advice} {distance(renewed_at)}.")


@dataclass(frozen=True, slots=True)
class Charge:
    """Characters that were counted, and can be given back."""

    member_id: int
    day: str
    characters: int


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
        day = day_of(now)
        if not await self._store.spend(member_id, day, characters, limit=self._limit):
            left = max(0, self._limit - await self._store.spent(member_id, day))
            raise AllowanceUsedUp(characters, left, self._limit, renewed_at=next_day(now))
        return Charge(member_id, day, characters)

    async def give_back(self, charge: Charge | None) -> None:
        """Undo a charge whose sound was never heard."""
        if charge is not None:
            await self._store.give_back(charge.member_id, charge.day, charge.characters)

    async def forget_old(self) -> None:
        await self._store.forget_before(day_of(self._clock.now() - KEPT_DAYS * DAY))
