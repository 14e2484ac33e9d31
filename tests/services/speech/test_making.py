"""A sound that Fish Audio has made is paid for, whoever of those who wait for it gets it."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.errors import AnswerTooLong
from bot.models.common import Member, Place
from bot.models.sounds import PostAs
from bot.services.common.signing import open_signer
from bot.services.servers.rules import RulesService
from bot.services.speech.allowances import AllowanceService
from bot.services.speech.making import SoundMaker
from bot.services.speech.scripts import Script, SpeechRequest
from bot.services.speech.synthesis.sizes import Size
from bot.services.speech.synthesis.sound_cache import SoundCache
from bot.services.speech.troubles import Unspoken
from bot.services.text.spoken_mentions import Mentions
from bot.storage.common.budgets import BudgetStore
from bot.storage.common.secrets import SecretStore
from bot.storage.engine.database import Database
from bot.storage.servers.rules import RulesStore
from tests.services.speech.voices import VOICE
from tests.stories.running import TravelClock

WORDS = "Hello"


class SlowSynthesis:
    """Makes one sound, when it may."""

    def __init__(self) -> None:
        self.is_asked, self.may_end = asyncio.Event(), asyncio.Event()

    def check(self) -> None:
        """Let every request through."""

    async def unlabelled_mp3(self, *_: object, **__: object) -> bytes:
        self.is_asked.set()
        await self.may_end.wait()
        return b"sound"


def script_of(member_id: int) -> Script:
    request = SpeechRequest(
        asker=Member(id=member_id, name="Ann", is_manager=False),
        place=Place(guild_id=None, channel_id=1),
        text=WORDS,
        mentions=Mentions(),
        asked_at=datetime(2026, 11, 23, tzinfo=UTC),
        voice=None,
    )
    return Script(
        request=request,
        voice=VOICE,
        words=WORDS,
        told=(WORDS,),
        emotion=None,
        size=Size(),
        rules=None,
        post_as=PostAs.FILE,
        began_at=0,
    )


@pytest.fixture
async def allowances(database: Database) -> AllowanceService:
    clock = TravelClock()
    rules = RulesService(RulesStore(database), clock)
    signer = await open_signer(SecretStore(database))
    return AllowanceService(BudgetStore(database), rules, signer, clock, daily_characters=100)


async def test_whoever_gets_a_sound_pays_for_it_if_its_first_asker_has_given_up(allowances: AllowanceService) -> None:
    synthesis, clock, nothing = SlowSynthesis(), TravelClock(), cast("Any", None)
    maker = SoundMaker(allowances, nothing, cast("Any", synthesis), SoundCache(clock, most_bytes=100), nothing, clock)

    async def say(member_id: int) -> bytes:
        script = script_of(member_id)
        async with maker.counted(script) as charge:
            made = await maker.make(script, charge)
            if made.charge is not None:
                await allowances.settle(made.charge)
            return made.frames

    first = asyncio.create_task(say(1))
    await synthesis.is_asked.wait()
    second, third = asyncio.create_task(say(2)), asyncio.create_task(say(3))
    for _ in range(10):
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    synthesis.may_end.set()
    assert await asyncio.gather(second, third) == [b"sound"] * 2
    spent = [(await allowances.today(member_id, None)).everywhere.spent for member_id in (1, 2, 3)]
    assert (spent[0], sorted(spent[1:])) == (0, [0, len(WORDS)])


class BrokenSynthesis(SlowSynthesis):
    """Has a sound broken off, or makes none at all."""

    def __init__(self, *, is_billed: bool) -> None:
        super().__init__()
        self._error = AnswerTooLong("too long")
        self._error.is_billed = is_billed

    async def unlabelled_mp3(self, *_: object, **__: object) -> bytes:
        raise self._error


class Explained:
    async def explained(self, *_: object) -> Unspoken:
        return Unspoken("Try again.")


@pytest.mark.parametrize("is_billed", [True, False])
async def test_a_sound_that_has_begun_to_come_is_counted_though_it_is_of_no_use(
    allowances: AllowanceService, *, is_billed: bool
) -> None:
    synthesis, clock, nothing = BrokenSynthesis(is_billed=is_billed), TravelClock(), cast("Any", None)
    sounds, troubles = SoundCache(clock, most_bytes=100), cast("Any", Explained())
    maker = SoundMaker(allowances, nothing, cast("Any", synthesis), sounds, troubles, clock)
    script = script_of(1)
    with pytest.raises(Unspoken):
        async with maker.counted(script) as charge:
            await maker.make(script, charge)
    assert (await allowances.today(1, None)).everywhere.spent == (len(WORDS) if is_billed else 0)
