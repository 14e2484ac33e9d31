"""Limits the characters that members and servers may have spoken per UTC day."""

from dataclasses import dataclass, replace
from secrets import token_hex

from bot.clock import DAY, MINUTE, Clock, day_of, next_day
from bot.errors import UserError
from bot.models.common import Charge
from bot.models.servers import ServerRules
from bot.services.common.signing import Signer
from bot.services.common.wording import distance
from bot.services.servers.rules import RulesService
from bot.storage.common.budgets import BudgetStore, OverBudget

KEPT_DAYS = 2
PREVIEWS = 10  # per member and day, since voices can be made and deleted without end, and each introduces itself
# The longest sound takes ten minutes to make, and a recording waits for its listener as long as its sentence lasts: the
# process of an older charge has died.
LONGEST_CHARGE = 20 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Characters of one UTC day."""

    spent: int
    limit: int | None
    left_sentence: str  # a format string with `left` and `limit`

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The budgets of a member in a place; `here` and `server` are None in a DM."""

    everywhere: Budget
    here: Budget | None
    server: Budget | None
    renewed_at: int


class AllowanceUsedUp(UserError):
    """Names the limit that was reached, what is left of it, and when it is renewed."""

    def __init__(self, characters: int, budget: Budget, *, renewed_at: int) -> None:
        counts = budget.left_sentence.format(left=budget.left, limit=budget.limit)
        advice = "Shorten it, or try again" if budget.left else "Try again"
        super().__init__(f"This text has {characters} characters, and {counts}. {advice} {distance(renewed_at)}.")


class AllowanceService:
    """Counts characters against the host's limits everywhere and the managers' limits in their server."""

    def __init__(
        self,
        store: BudgetStore,
        rules: RulesService,
        signer: Signer,
        clock: Clock,
        *,
        daily_characters: int,
        daily_total: int = 0,
    ) -> None:
        """Set the host's daily limits: `daily_characters` per member, `daily_total` for all; 0 means no limit."""
        self._store = store
        self._rules = rules
        self._signer = signer
        self._clock = clock
        self._limit = daily_characters or None
        self._total = daily_total or None

    async def charge(self, member_id: int, rules: ServerRules | None, characters: int) -> Charge:
        """Count characters for today; `rules` are the server's, None in a DM.

        Raises AllowanceUsedUp for the tightest limit; nothing is counted then.
        """
        now = self._clock.now()
        charge = Charge(id=token_hex(8), day=day_of(now), characters=characters, charged_at=now)
        await self._spend(charge, self._budgets(member_id, rules, charge.day))
        return charge

    async def charge_preview(self, member_id: int, characters: int) -> Charge:
        """Count a preview, in a budget of its own and in that of everybody. Raises AllowanceUsedUp."""
        now = self._clock.now()
        charge = Charge(id=token_hex(8), day=day_of(now), characters=characters, charged_at=now)
        of_member = self._signer.pseudonym("preview", str(member_id), charge.day)
        budgets = {of_member: Budget(spent=0, limit=PREVIEWS * characters, left_sentence=_OF_MEMBER)}
        await self._spend(charge, budgets | self._of_everybody())
        return charge

    async def today(self, member_id: int, guild_id: int | None) -> Today:
        now = self._clock.now()
        rules = None if guild_id is None else await self._rules.of(guild_id)
        budgets = self._budgets(member_id, rules, day_of(now))
        spent = await self._store.spent(list(budgets), day_of(now))
        counted = [replace(budget, spent=spent[scope]) for scope, budget in budgets.items()]
        everywhere, (here, server) = counted[0], (counted[1:3] if rules is not None else (None, None))
        return Today(everywhere=everywhere, here=here, server=server, renewed_at=next_day(now))

    async def end(self, charge: Charge, *, is_due: bool) -> None:
        """Let a charge stand if Fish Audio counts what it is for; else undo it. A settled charge stands."""
        await (self._store.settle(charge.id) if is_due else self._store.give_back(charge.id))

    async def give_back_abandoned(self, *, at_start: bool = False) -> None:
        """Give back what a process had charged when it died; `at_start`, this process has charged nothing yet."""
        now = self._clock.now()
        abandoned = await self._store.open_since(now - LONGEST_CHARGE, before_if_alone=now if at_start else None)
        for charge_id in abandoned:
            await self._store.give_back(charge_id)

    async def forget_old(self) -> None:
        await self._store.forget_before(day_of(self._clock.now() - KEPT_DAYS * DAY))

    async def _spend(self, charge: Charge, empty: dict[str, Budget]) -> None:
        try:
            await self._store.spend(charge, {scope: budget.limit for scope, budget in empty.items()})
        except OverBudget as over:
            refused = [replace(empty[scope], spent=spent) for scope, spent in over.spent.items()]
            tightest = min(refused, key=lambda budget: budget.left or 0)
            raise AllowanceUsedUp(charge.characters, tightest, renewed_at=next_day(charge.charged_at)) from None

    def _of_everybody(self) -> dict[str, Budget]:
        """Return the budget of all members together, if it has a limit: every charge then waits for its one row."""
        if self._total is None:
            return {}
        return {_EVERYBODY: Budget(spent=0, limit=self._total, left_sentence=_OF_EVERYBODY)}

    def _budgets(self, member_id: int, rules: ServerRules | None, day: str) -> dict[str, Budget]:
        """Return every budget in which a member's words count, unspent, by scope.

        The member's own come first, under pseudonyms.
        """
        mine = self._signer.pseudonym("member", str(member_id), day)
        budgets = {mine: Budget(spent=0, limit=self._limit, left_sentence=_OF_MEMBER)}
        if rules is not None:
            mine_here = self._signer.pseudonym("member", str(member_id), str(rules.guild_id), day)
            scope = server_scope(rules.guild_id)
            budgets[mine_here] = Budget(spent=0, limit=rules.member_characters, left_sentence=_OF_MEMBER_HERE)
            budgets[scope] = Budget(spent=0, limit=rules.server_characters, left_sentence=_OF_SERVER)
        return budgets | self._of_everybody()


_OF_MEMBER = "you have {left} of your {limit} left today"
_OF_MEMBER_HERE = "you have {left} of your {limit} left in this server today"
_OF_SERVER = "this server has {left} of its {limit} left today"
_OF_EVERYBODY = "this bot has {left} of its {limit} for everybody left today"
_EVERYBODY = "everybody"  # the scope of all members together


def server_scope(guild_id: int) -> str:
    """Return the scope of the budget that all members of a server share."""
    return f"server:{guild_id}"
