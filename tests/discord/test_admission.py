"""Commands begin a few at a time, in order, and whoever waits is acknowledged as the command would be."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from discord.app_commands import Namespace

from bot.discord.admission import IN_ONE_STEP, LONGEST_SECONDS, Admission, slow_command
from bot.discord.first_response import FirstResponse, Stage
from cogs.speech.speech import Speech


@dataclass
class Command:
    extras: dict[str, Any]


@dataclass
class Arrival:
    """An interaction that has only what Admission looks at."""

    command: Command
    extras: dict[Any, Any] = field(default_factory=dict[Any, Any])


class Crowd:
    """Commands that arrive one after the other, and which of them have begun."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.arrivals: list[Any] = []
        self.works: list[asyncio.Task[None]] = []
        self.begun: list[int] = []
        self._ends: list[asyncio.Event] = []

    def arrive(self, count: int, **extras: Any) -> None:
        for _ in range(count):
            self.arrivals.append(Arrival(Command(extras)))
            self._ends.append(asyncio.Event())
            self.works.append(asyncio.create_task(self._work(len(self.works))))

    async def _work(self, number: int) -> None:
        work = asyncio.current_task()
        assert work is not None
        await self._admission.begin(self.arrivals[number], work)
        self.begun.append(number)
        await self._ends[number].wait()

    async def answer(self, number: int) -> None:
        async def respond() -> None:
            pass

        await FirstResponse.to(self.arrivals[number]).answer(respond)
        await settled()

    async def end(self, number: int) -> None:
        self._ends[number].set()
        await self.works[number]
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(Admission(at_once=2))


async def test_commands_begin_in_order_as_others_are_answered(crowd: Crowd) -> None:
    crowd.arrive(5)
    await settled()
    assert crowd.begun == [0, 1]

    await crowd.answer(1)
    assert crowd.begun == [0, 1, 2]
    await crowd.end(1)  # it made room already
    assert crowd.begun == [0, 1, 2]
    await crowd.end(0)  # without an answer
    assert crowd.begun == [0, 1, 2, 3]


async def test_few_commands_begin_in_one_turn_of_the_event_loop() -> None:
    crowd = Crowd(Admission(at_once=3 * IN_ONE_STEP))
    crowd.arrive(2 * IN_ONE_STEP + 1)
    begun: list[int] = []
    while len(crowd.begun) < len(crowd.works):
        before = len(crowd.begun)
        await asyncio.sleep(0)
        begun.append(len(crowd.begun) - before)
    assert [count for count in begun if count] == [IN_ONE_STEP, IN_ONE_STEP, 1]
    assert crowd.begun == list(range(2 * IN_ONE_STEP + 1))


async def test_what_was_acknowledged_while_it_waited_makes_room_after_a_while(crowd: Crowd) -> None:
    crowd.arrive(4)
    for arrival in crowd.arrivals:
        FirstResponse.to(arrival).stage = Stage.ACKNOWLEDGED
    loop = asyncio.get_running_loop()
    began = loop.time()
    while len(crowd.begun) < 4:
        await asyncio.wait(crowd.works, timeout=LONGEST_SECONDS / 10)
    assert loop.time() - began >= LONGEST_SECONDS


async def test_whoever_waits_is_acknowledged_in_the_manner_of_the_command(crowd: Crowd) -> None:
    crowd.arrive(3, **slow_command(lambda _: "publicly"))
    crowd.arrive(1)
    await settled()
    assert [FirstResponse.to(each).manner for each in crowd.arrivals] == [
        *["privately"] * 2,  # nobody has to wait, so the command itself says it
        "publicly",
        "privately",
    ]


@pytest.mark.parametrize(
    ("option", "manner"), [("text", "publicly"), ("preview", "privately"), ("sample", "privately")]
)
def test_say_is_public_unless_only_its_member_hears_it(option: str, manner: str) -> None:
    options = Namespace.__new__(Namespace)
    setattr(options, option, "given")
    [manner_of] = Speech.say.extras.values()

    class Asked:
        namespace = options

    assert manner_of(Asked) == manner
