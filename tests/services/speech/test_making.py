"""A sound that Fish Audio has made is paid for, whoever of those who wait for it gets it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import stamina

from bot.fish_audio.client import FishAudio
from bot.models.common import Member, Place
from bot.models.sounds import PostAs
from bot.services.common.signing import Signer, open_signer
from bot.services.servers.rules import RulesService
from bot.services.speech.allowances import AllowanceService
from bot.services.speech.making import SoundMaker
from bot.services.speech.scripts import Script, SpeechRequest
from bot.services.speech.synthesis.circuit import Circuit
from bot.services.speech.synthesis.sizes import Size
from bot.services.speech.synthesis.sound_cache import SoundCache
from bot.services.speech.synthesis.synthesis import Synthesis
from bot.services.speech.troubles import Unspoken
from bot.services.text.spoken_mentions import Mentions
from bot.storage.common.budgets import BudgetStore
from bot.storage.common.secrets import SecretStore
from bot.storage.engine.database import Database
from bot.storage.servers.rules import RulesStore
from tests.audio.mp3.mp3s import FRAMES
from tests.fish_audio.odd_service import Answer, Answered, Endless, Halting, OddService, Reset, Silence
from tests.services.speech.voices import VOICE
from tests.stories.running import TravelClock

WORDS = "Hello"
DAILY = 100
DEADLINES_IN_A_SOUND = 2  # that of the whole request, and that of the whole `/say`


def script_of(member_id: int, words: str = WORDS) -> Script:
    request = SpeechRequest(
        asker=Member(id=member_id, name="Ann", is_manager=False),
        place=Place(guild_id=None, channel_id=1),
        text=words,
        mentions=Mentions(),
        asked_at=datetime(2026, 11, 23, tzinfo=UTC),
        voice=None,
    )
    return Script(
        request=request,
        voice=VOICE,
        words=words,
        told=(words,),
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
    return AllowanceService(BudgetStore(database), rules, signer, clock, daily_characters=DAILY)


@dataclass
class Making:
    """Members who have “Hello” said by a service that answers oddly."""

    maker: SoundMaker
    allowances: AllowanceService
    service: OddService

    def say(
        self, member_id: int = 1, words: str = WORDS, then: Callable[[], object] = lambda: None
    ) -> asyncio.Task[bytes]:
        """Begin a `/say`; `then` is what happens between the making of the sound and its record."""
        return asyncio.create_task(self._say(script_of(member_id, words), then))

    async def _say(self, script: Script, then: Callable[[], object]) -> bytes:
        async with self.maker.counted(script) as payment:
            made = await self.maker.make(script, payment)
            then()
            if made.charge is not None:
                await self.allowances.end(made.charge, is_due=True)
            return made.frames

    async def sound_comes(self) -> None:
        """Wait until the first half of a halting sound has been read, which ends the deadline for its beginning."""
        await self.service.has_received(1)
        async with asyncio.timeout(30):
            while [task.get_name() for task in asyncio.all_tasks()].count("deadline") != DEADLINES_IN_A_SOUND:  # noqa: ASYNC110 - nothing else shows it
                await asyncio.sleep(0)

    async def spent(self, *member_ids: int) -> list[int]:
        return [(await self.allowances.today(member_id, None)).everywhere.spent for member_id in member_ids]


@pytest.fixture
def making(allowances: AllowanceService, service: OddService, fish_audio: FishAudio) -> Making:
    clock, nothing = TravelClock(), cast("Any", None)
    synthesis = Synthesis(fish_audio, Signer(b"h" * 32, b"p" * 32), Circuit(clock), clock)
    sounds = SoundCache(clock, most_bytes=2**20)
    maker = SoundMaker(allowances, nothing, synthesis, sounds, cast("Any", Explained()), clock)
    return Making(maker, allowances, service)


class Explained:
    async def explained(self, *_: object) -> Unspoken:
        return Unspoken("Try again.")


async def are_waiting(*asked: asyncio.Task[bytes]) -> None:
    for _ in range(100):  # turns of the event loop, in which they would have ended
        await asyncio.sleep(0)
    assert not any(each.done() for each in asked)


async def gives_up(asked: asyncio.Task[bytes]) -> None:
    asked.cancel()
    await asyncio.wait([asked])


async def test_of_those_who_share_a_request_the_first_pays_and_once(making: Making) -> None:
    making.service.answer = Halting(FRAMES)
    first = making.say(1)
    await making.sound_comes()
    others = [making.say(member_id) for member_id in (2, 3)]
    await are_waiting(*others)
    making.service.go_on.set()
    assert await asyncio.gather(first, *others) == [FRAMES] * 3
    assert await making.spent(1, 2, 3) == [len(WORDS), 0, 0]


@pytest.mark.parametrize("when", ["before a sound has begun to come", "while it comes"])
async def test_whoever_had_a_sound_made_pays_though_they_have_given_up(making: Making, when: str) -> None:
    """Otherwise nobody would pay for it, if whoever waits for it had no characters left."""
    making.service.answer = Halting(FRAMES)
    making.service.answering.clear()
    first, second = making.say(1), None
    await making.service.has_received(1)
    if when == "while it comes":
        making.service.answering.set()
        await making.sound_comes()
    second = making.say(2)
    await are_waiting(second)
    await making.allowances.charge(2, None, DAILY)
    await gives_up(first)
    making.service.answering.set()
    making.service.go_on.set()
    assert await second == FRAMES
    assert await making.spent(1, 2) == [len(WORDS), DAILY]


async def test_whoever_joins_a_request_that_waits_behind_many_others_waits_no_longer_than_alone(
    making: Making,
) -> None:
    making.service.answer = Answered(200, FRAMES)
    making.service.answering.clear()
    crowd = [making.say(1, words) for words in ("one", "two", "three", "four")]
    await making.service.has_received(4)
    crowd += [making.say(1, words) for words in ("five", WORDS)]
    await are_waiting(*crowd)
    assert len(making.service.received) == 4, "one of the five slots stays free for others"
    second = making.say(2)
    async with asyncio.timeout(10):
        await making.service.has_received(5)
    making.service.answering.set()
    assert await asyncio.gather(second, *crowd) == [FRAMES] * 7
    assert len(making.service.received) == 6
    assert WORDS.encode() in making.service.received[4].body


async def test_a_sound_that_begins_to_come_is_counted_though_everybody_has_given_up(making: Making) -> None:
    making.service.answer = Halting(FRAMES)
    first = making.say(1)
    await making.sound_comes()
    second = making.say(2)
    await are_waiting(second)
    await gives_up(first)
    await gives_up(second)
    assert await making.spent(1, 2) == [len(WORDS), 0]


async def test_a_request_that_is_given_up_in_silence_costs_nothing(making: Making) -> None:
    making.service.answer = Silence()
    first = making.say(1)
    await making.service.has_received(1)
    second = making.say(2)
    await are_waiting(first, second)
    await gives_up(first)
    await gives_up(second)
    assert await making.spent(1, 2) == [0, 0]


async def test_whoever_gives_up_while_they_get_their_characters_back_gets_them_back(making: Making) -> None:
    making.service.answer = Answered(200, FRAMES)
    script = script_of(2)
    async with making.maker.counted(script) as payment:
        await making.say(1)
        asked = asyncio.create_task(making.maker.make(script, payment))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        assert asked.cancelled()
    async with asyncio.timeout(10):
        while await making.spent(1, 2) != [len(WORDS), 0]:
            pass


async def test_a_sound_that_fails_after_it_was_made_is_counted(making: Making) -> None:
    making.service.answer = Answered(200, FRAMES)

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await making.say(then=fail)
    assert await making.spent(1) == [len(WORDS)]


@pytest.mark.parametrize(
    ("answer", "spent"),
    [(Endless(), len(WORDS)), (Answered(200, b"{}"), 0), (Answered(422, b"{}"), 0), (Answered(503), 0), (Reset(), 0)],
    ids=["endless", "no sound", "refused", "not ready", "reset"],
)
async def test_only_a_sound_that_has_begun_to_come_is_counted_if_it_is_of_no_use(
    making: Making, answer: Answer, spent: int
) -> None:
    making.service.answer = answer
    with stamina.set_testing(True, attempts=2), pytest.raises(Unspoken):
        await making.say()
    assert await making.spent(1) == [spent]


@pytest.mark.parametrize(
    ("answer", "asked", "spent"),
    [(Answered(200, FRAMES, cut=True), 2, len(WORDS)), (Reset(), 3, 0)],
    ids=["broken off", "no answer"],
)
async def test_what_may_be_billed_each_time_is_asked_for_two_or_three_times_at_most(
    making: Making, answer: Answer, asked: int, spent: int
) -> None:
    making.service.answer = answer
    with stamina.set_testing(True, attempts=10), pytest.raises(Unspoken):
        await making.say()
    assert len(making.service.received) == asked
    assert await making.spent(1) == [spent]
