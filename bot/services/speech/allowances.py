"""How much a member, and a server, may have spoken per UTC day."""

from dataclasses import dataclass, replace
from secrets import token_hex

from bot.clock import DAY, MINUTE, Clock, day_of, next_day
from bot.errors import UserError
from bot.models import Charge
from bot.services.common.signing import Signer
from bot.services.common.wording import distance
from bot.services.servers.rules import RulesService
from bot.storage.speech.allowances import AllowanceStore, OverBudget

KEPT_DAYS = 2
LONGEST_SPEECH = 20 * MINUTE  # longer than an interaction lives, so whatever was to be heard has been


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Characters of one UTC day."""

    spent: int
    limit: int | None
    left_sentence: str  # with places for `left` and `limit`

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The budgets that hold for a member in a place; those of a server are None in a DM."""

    everywhere: Budget
    here: Budget | None
    server: Budget | None
    renewed_at: int


class AllowanceUsedUp(UserError):
    """Which limit stands in the way, what is left of it, and when there is more."""

    def __init__(self, characters: int, budget: Budget, *, renewed_at: int) -> None:
        counts = budget.left_sentence.format(left=budget.left, limit=budget.limit)
        advice = "Shorten it, or try again" if budget.left else "Try again"
        super().__init__(f"This text has {characters} characters, and {counts}. {advice} {distance(renewed_at)}.")


class AllowanceService:
    """The host limits members everywhere, a server's managers limit them and all together there."""

    def __init__(
        self, store: AllowanceStore, rules: RulesService, signer: Signer, clock: Clock, *, daily_characters: int
    ) -> None:
        """`daily_characters` per member are the host's limit; 0 means none."""
        self._store = store
        self._rules = rules
        self._signer = signer
        self._clock = clock
        self._limit = daily_characters or None

    async def charge(self, member_id: int, guild_id: int | None, characters: int) -> Charge:
        """Count characters for today. Raises AllowanceUsedUp, for the tightest limit, and counts nothing."""
        now = self._clock.now()
        charge = Charge(id=token_hex(8), day=day_of(now), characters=characters, charged_at=now)
        empty = await self._budgets(member_id, guild_id, charge.day)
        try:
            await self._store.spend(charge, {scope: budget.limit for scope, budget in empty.items()})
        except OverBudget as over:
            refused = [replace(empty[scope], spent=spent) for scope, spent in over.spent.items()]
            tightest = min(refused, key=lambda budget: budget.left or 0)
            raise AllowanceUsedUp(characters, tightest, renewed_at=next_day(now)) from None
        return charge

    async def today(self, member_id: int, guild_id: int | None) -> Today:
        now = self._clock.now()
        budgets = await self._budgets(member_id, guild_id, day_of(now))
        spent = await self._store.spent(list(budgets), day_of(now))
        everywhere, *others = (replace(budget, spent=spent[scope]) for scope, budget in budgets.items())
        here, server = others or (None, None)
        return Today(everywhere=everywhere, here=here, server=server, renewed_at=next_day(now))

    async def give_back(self, charge: Charge) -> None:
        """Undo a charge whose sound was never heard."""
        await self._store.give_back(charge.id)

    async def give_back_abandoned(self) -> None:
        """At a start: give back what a process had charged when it died."""
        now = self._clock.now()
        for charge_id in await self._store.abandoned(now=now, charged_before=now - LONGEST_SPEECH):
            await self._store.give_back(charge_id)

    async def forget_old(self) -> None:
        await self._store.forget_before(day_of(self._clock.now() - KEPT_DAYS * DAY))

    async def _budgets(self, member_id: int, guild_id: int | None, day: str) -> dict[str, Budget]:
        """Every budget that a member's words count in, unspent, by its scope; a member's own hides who they are."""
        mine = self._signer.pseudonym("member", str(member_id), day)
        everywhere = {mine: Budget(spent=0, limit=self._limit, left_sentence=_OF_MEMBER)}
        if guild_id is None:
            return everywhere
        rules = await self._rules.of(guild_id)
        mine_here = self._signer.pseudonym("member", str(member_id), str(guild_id), day)
        return {
            **everywhere,
            mine_here: Budget(spent=0, limit=rules.member_characters, left_sentence=_OF_MEMBER_HERE),
            server_scope(guild_id): Budget(spent=0, limit=rules.server_characters, left_sentence=_OF_SERVER),
        }


_OF_MEMBER = "you have {left} of your {limit} left today"
_OF_MEMBER_HERE = "you have {left} of your {limit} left in this server today"
_OF_SERVER = "this server has {left} of its {limit} left today"


def server_scope(guild_id: int) -> str:
    """The budget of all members of a server together."""
    return f"server:{guild_id}"
