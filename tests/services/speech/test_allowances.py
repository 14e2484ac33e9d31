"""Which budget is used up first, and what happens when two commands want the last characters at once."""

import asyncio

import pytest

from bot.clock import SECOND, Clock
from bot.fish_audio.client import Deadlines
from bot.models.common import Member
from bot.services.common.signing import Signer, open_signer
from bot.services.consent import spoken_consent
from bot.services.servers.rules import Limits, RulesService
from bot.services.speech import making
from bot.services.speech.allowances import LONGEST_CHARGE, PREVIEWS, AllowanceService, AllowanceUsedUp
from bot.services.speech.scripts import SPEEDS
from bot.services.speech.synthesis.sizes import size_of
from bot.storage.common.budgets import BudgetStore
from bot.storage.common.secrets import SecretStore
from bot.storage.engine.database import Database
from bot.storage.engine.opening import open_database
from bot.storage.servers.rules import RulesStore
from tests.stories.running import TravelClock

HERE, ELSEWHERE = 7, 8
MANAGER = Member(id=1000, name="Mia", is_manager=True)


class Counting:
    """The services that count, over a real database."""

    def __init__(self, database: Database, signer: Signer, clock: Clock | None = None) -> None:
        clock = clock or Clock()
        self.rules = RulesService(RulesStore(database), clock)
        self.allowances = AllowanceService(BudgetStore(database), self.rules, signer, clock, daily_characters=10)

    async def limits(self, guild_id: int, *, member: int | None = None, server: int | None = None) -> None:
        limits = Limits(longest_text=None, member_characters=member, server_characters=server, forbidden_words=())
        await self.rules.limit(MANAGER, guild_id, limits)

    async def refusal(self, member_id: int, guild_id: int | None, characters: int = 6) -> str:
        """Charge characters. Returns the refusal, empty if they are counted."""
        try:
            rules = None if guild_id is None else await self.rules.of(guild_id)
            await self.allowances.charge(member_id, rules, characters)
        except AllowanceUsedUp as error:
            return str(error)
        return ""


@pytest.fixture
async def counting(database: Database) -> Counting:
    return Counting(database, await open_signer(SecretStore(database)))


@pytest.mark.parametrize("limit", ["of the host's per member", "per member here", "of the server's"])
async def test_two_commands_at_once_never_both_get_the_last_characters(counting: Counting, limit: str) -> None:
    async def race(number: int) -> tuple[str, str, str]:
        match limit:
            case "of the host's per member":
                racers, left = [(number, None), (number, HERE)], "of your 10 left today"
            case "per member here":
                racers, left = [(number, HERE)] * 2, "1 of your 7 left in this server today"
            case _:
                await counting.limits(number, server=11)
                racers, left = [(2 * number, number), (2 * number + 1, number)], "this server has 5 of its 11"
        first, second = await asyncio.gather(*(counting.refusal(*racer) for racer in racers))
        return first, second, left

    if limit == "per member here":
        await counting.limits(HERE, member=7)
    for first, second, left in await asyncio.gather(*(race(number) for number in range(1, 61))):
        assert not (first and second), "one of them gets them"
        assert left in first + second, "the other one is told what is left"


async def test_the_limit_that_leaves_least_is_named_and_a_refusal_counts_nowhere(counting: Counting) -> None:
    await counting.limits(HERE, member=8, server=9)
    assert not await counting.refusal(1, HERE)
    assert "you have 2 of your 8 left in this server today" in await counting.refusal(1, HERE)
    assert "this server has 3 of its 9 left today" in await counting.refusal(2, HERE)
    assert not await counting.refusal(1, ELSEWHERE, 4), "the refused ones were not counted"
    assert "you have 0 of your 10 left today. Try again <t:" in await counting.refusal(1, HERE, 1)
    assert not await counting.refusal(2, HERE, 3)

    charge = await counting.allowances.charge(3, await counting.rules.of(ELSEWHERE), 10)
    await asyncio.gather(*(counting.allowances.end(charge, is_due=False) for _ in range(3)))
    assert not await counting.refusal(3, ELSEWHERE, 10), "it was given back"
    assert await counting.refusal(3, ELSEWHERE, 1), "and only once"


async def test_a_member_has_ten_previews_a_day_and_no_erasing_renews_them(counting: Counting) -> None:
    async def introduced(member_id: int) -> bool:
        try:
            await counting.allowances.charge_preview(member_id, 86)
        except AllowanceUsedUp:
            return False
        return True

    assert [await introduced(1) for _ in range(PREVIEWS + 1)] == [True] * PREVIEWS + [False]
    assert await introduced(2)
    assert not await counting.refusal(1, None, 10), "previews take nothing of what a member may have spoken"


async def test_what_a_process_had_charged_when_it_died_comes_back(database: Database, elsewhere: Database) -> None:
    clock, signer = TravelClock(), await open_signer(SecretStore(database))
    died, runs = Counting(database, signer, clock), Counting(elsewhere, signer, clock)
    assert not await died.refusal(1, None)
    clock.forward(seconds=LONGEST_CHARGE // SECOND - 60)
    await runs.allowances.give_back_abandoned(at_start=True)  # the other may be at work
    assert "you have 4 of your 10 left today" in await runs.refusal(1, None)
    clock.forward(seconds=61)
    await runs.allowances.give_back_abandoned()
    assert not await runs.refusal(1, None)


def test_a_charge_is_given_back_as_abandoned_only_after_the_longest_work_that_may_use_it() -> None:
    longest = size_of("語" * 100_000, speed=SPEEDS[0], most_bytes=None)
    assert (making.SECONDS + longest.extra_seconds) * SECOND < LONGEST_CHARGE
    assert spoken_consent.VALID + Deadlines().hearing * SECOND < LONGEST_CHARGE


async def test_a_process_that_starts_alone_gives_back_what_was_charged_at_once(database_url: str) -> None:
    async with open_database(database_url) as database:
        signer = await open_signer(SecretStore(database))
        assert not await Counting(database, signer).refusal(1, None)
    async with open_database(database_url) as database:
        runs = Counting(database, signer)
        await runs.allowances.give_back_abandoned()
        assert await runs.refusal(1, None)
        await runs.allowances.give_back_abandoned(at_start=True)
        assert not await runs.refusal(1, None)
