"""Counts the characters that a member had spoken lately, and for managers those of their server."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.clock import DAY, Clock, day_of
from bot.models.common import Member
from bot.services.speech.allowances import AllowanceService, Today
from bot.storage.speech.utterances import UtteranceStore

DAYS = 30


@dataclass(frozen=True, slots=True)
class Usage:
    """Characters: each list holds UTC days with their counts, oldest first, up to today."""

    today: Today  # without the server's budget for members who do not manage it
    mine: list[tuple[str, int]]  # everywhere
    server: list[tuple[str, int]] | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What everybody has had spoken, for the host; in USD if the price of the engine is known."""

    today: int  # characters
    lately: int  # of the last `DAYS`, today included
    price: Decimal | None  # of a million plain letters, which are one byte each; other scripts take up to four

    def cost(self, characters: int) -> Decimal | None:
        return None if self.price is None else self.price * characters / 1_000_000


class UsageService:
    def __init__(
        self, allowances: AllowanceService, utterances: UtteranceStore, clock: Clock, *, price: Decimal | None
    ) -> None:
        """Count with a price in USD for a million bytes of text; None if it is not known."""
        self._price = price
        self._allowances = allowances
        self._utterances = utterances
        self._clock = clock

    async def of(self, member: Member, guild_id: int | None) -> Usage:
        today = await self._allowances.today(member.id, guild_id)
        mine = self._filled(await self._utterances.characters_by_day(since=self._first(), asker_id=member.id))
        if guild_id is None or not member.is_manager:
            return Usage(replace(today, server=None), mine, None)
        everybody = await self._utterances.characters_by_day(since=self._first(), guild_id=guild_id)
        return Usage(today, mine, self._filled(everybody))

    async def bill(self) -> Bill:
        """Return what everybody has had spoken. Fish Audio's prices are those of `bot/fish_audio/engines.py`."""
        days = self._filled(await self._utterances.characters_by_day(since=self._first()))
        return Bill(days[-1][1], sum(count for _, count in days), self._price)

    def _first(self) -> int:
        """Return the midnight at which the first shown day begins."""
        return (self._clock.now() // DAY - DAYS + 1) * DAY

    def _filled(self, counts: dict[str, int]) -> list[tuple[str, int]]:
        days = (day_of(self._first() + number * DAY) for number in range(DAYS))
        return [(day, counts.get(day, 0)) for day in days]
