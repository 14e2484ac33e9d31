"""The gate before Fish Audio: a limit that holds, fair turns, and no slot ever lost."""

import asyncio
import random
from collections.abc import Callable

import pytest

from bot.fish_audio.fair_gate import HOUSE, Askers, FairGate

ANN, BEN, CLEO = 1, 2, 3


class Calls:
    """Calls that run through a gate until they are told to end."""

    def __init__(self, gate: FairGate) -> None:
        self.gate = gate
        self.started: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    def begins(self, member_id: int, name: str, guild_id: int | None = None) -> asyncio.Task[None]:
        self._ends[name] = asyncio.Event()
        return asyncio.create_task(self._call(member_id, name, guild_id))

    async def ends(self, name: str) -> None:
        self._ends[name].set()
        await settled()

    async def _call(self, member_id: int, name: str, guild_id: int | None) -> None:
        async with self.gate.turn(Askers(member_id, guild_id)):
            self.started.append(name)
            await self._ends[name].wait()


async def settled() -> None:
    """Let every task run until it waits for something outside."""
    for _ in range(10):
        await asyncio.sleep(0)


async def end_all(calls: Calls, tasks: list[asyncio.Task[None]]) -> None:
    while len(calls.started) < len(tasks):
        await calls.ends(calls.started[-1])
    for name in calls.started:
        await calls.ends(name)
    await asyncio.gather(*tasks)


async def test_no_more_calls_run_at_once_than_there_are_slots() -> None:
    calls = Calls(FairGate(2))
    members = {"first": ANN, "second": BEN, "third": CLEO}
    tasks = [calls.begins(member_id, name) for name, member_id in members.items()]
    await settled()
    assert calls.started == ["first", "second"]
    await calls.ends("first")
    assert calls.started == ["first", "second", "third"]
    await end_all(calls, tasks)


async def test_a_member_with_a_single_call_never_waits_for_the_crowd_of_one_other() -> None:
    calls = Calls(FairGate(3))
    tasks = [calls.begins(ANN, f"ann {number}") for number in range(20)]
    await settled()
    assert calls.started == ["ann 0", "ann 1"], "one slot stays free for others"
    tasks.append(calls.begins(BEN, "ben"))
    await settled()
    assert calls.started[2:] == ["ben"]
    tasks.append(calls.begins(HOUSE, "poll"))
    await settled()
    await calls.ends("ann 0")
    assert calls.started[3:] == ["poll"], "who has no running call is next"
    await calls.ends("ben")
    assert calls.started[4:] == ["ann 2"]
    await end_all(calls, tasks)


async def test_another_server_is_next_where_one_has_all_slots() -> None:
    calls = Calls(FairGate(3))
    tasks = [calls.begins(member_id, f"here {member_id}", guild_id=7) for member_id in range(10, 16)]
    await settled()
    assert calls.started == ["here 10", "here 11", "here 12"], "nobody else waits"
    tasks.append(calls.begins(BEN, "elsewhere", guild_id=8))
    await settled()
    await calls.ends("here 10")
    assert calls.started[3:] == ["elsewhere"]
    await calls.ends("here 11")
    assert calls.started[4:] == ["here 13"]
    await end_all(calls, tasks)


async def test_with_one_slot_members_take_turns() -> None:
    calls = Calls(FairGate(1))
    members = [(ANN, "ann"), (BEN, "ben"), (CLEO, "cleo")]
    tasks = [calls.begins(member_id, f"{name} {number}") for member_id, name in members for number in range(3)]
    await settled()
    await end_all(calls, tasks)
    assert calls.started == [f"{name} {number}" for number in range(3) for _, name in members]


async def test_with_one_slot_servers_take_turns() -> None:
    calls = Calls(FairGate(1))
    tasks = [calls.begins(member_id, f"here {member_id}", guild_id=7) for member_id in range(10, 14)]
    await settled()
    tasks += [calls.begins(BEN, f"elsewhere {number}", guild_id=8) for number in range(2)]
    await settled()
    await calls.ends("here 10")
    tasks += [calls.begins(member_id, f"here {member_id}", guild_id=7) for member_id in range(14, 16)]
    await settled()
    await end_all(calls, tasks)
    turns = ["here 10", "elsewhere 0", "here 11", "elsewhere 1", *(f"here {member_id}" for member_id in range(12, 16))]
    assert calls.started == turns


async def test_with_several_slots_a_server_with_one_call_waits_for_no_crowd_of_two_others() -> None:
    calls = Calls(FairGate(6))
    tasks = [calls.begins(member_id, str(member_id), guild_id=7 + member_id % 2) for member_id in range(10, 50)]
    await settled()
    tasks.append(calls.begins(BEN, "elsewhere", guild_id=9))
    await settled()
    for name in ("11", "13"):  # both in one server: the other one has a turn at most before the third has one
        await calls.ends(name)
    assert "elsewhere" in calls.started
    await end_all(calls, tasks)


async def test_a_member_has_no_more_turns_for_being_in_many_servers() -> None:
    calls = Calls(FairGate(1))
    tasks = [calls.begins(ANN, f"ann in {guild_id}", guild_id) for guild_id in range(100, 104)]
    tasks += [calls.begins(BEN, f"ben {number}", guild_id=8) for number in range(3)]
    await settled()
    await end_all(calls, tasks)
    assert calls.started == ["ann in 100", "ben 0", "ann in 101", "ben 1", "ann in 102", "ben 2", "ann in 103"]


async def test_a_call_takes_the_place_of_whoever_joins_it() -> None:
    calls, joined, ended = Calls(FairGate(1)), Askers(ANN), asyncio.Event()
    tasks = [calls.begins(ANN, f"ann {number}") for number in range(3)]
    await settled()
    tasks.append(calls.begins(CLEO, "cleo"))

    async def call() -> None:
        async with calls.gate.turn(joined):
            calls.started.append("joined")
            await ended.wait()

    joint = asyncio.create_task(call())
    await settled()
    joined.join(Askers(BEN))
    joined.join(Askers(BEN, 7))
    await calls.ends("ann 0")
    await calls.ends("cleo")
    assert calls.started == ["ann 0", "cleo", "joined"]
    ended.set()
    await joint
    await settled()
    assert calls.started[3:] == ["ann 1"], "it has left the line of the first as well"
    for name in ("ann 1", "ann 2"):
        await calls.ends(name)
    await asyncio.gather(*tasks)


async def test_whoever_joins_a_call_beside_a_free_slot_has_it_begin() -> None:
    calls = Calls(FairGate(3))
    tasks = [calls.begins(ANN, f"ann {number}") for number in range(2)]
    await settled()
    joined = Askers(ANN)

    async def call() -> None:
        async with calls.gate.turn(joined):
            calls.started.append("joined")

    joint = asyncio.create_task(call())
    await settled()
    assert "joined" not in calls.started
    joined.join(Askers(BEN))
    await joint
    joined.join(Askers(CLEO))  # too late for a place
    for number in range(2):
        await calls.ends(f"ann {number}")
    await asyncio.gather(*tasks)


async def test_a_waiting_call_that_times_out_leaves_its_place() -> None:
    gate = FairGate(1)
    async with gate.turn(Askers(ANN)):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), gate.turn(Askers(BEN)):
                pytest.fail("the slot was taken")
    async with asyncio.timeout(10), gate.turn(Askers(CLEO)):
        pass


async def test_a_call_cancelled_at_its_turn_passes_the_slot_on() -> None:
    calls = Calls(FairGate(1))
    first, second, third = (calls.begins(member_id, str(member_id)) for member_id in (ANN, BEN, CLEO))
    await settled()
    first.cancel()
    await asyncio.sleep(0)  # the first call leaves: the slot is the second's, which has not run yet
    second.cancel()
    await settled()
    assert second.cancelled()
    assert calls.started == [str(ANN), str(CLEO)]
    await calls.ends(str(CLEO))
    await third


async def test_a_failing_call_gives_its_slot_back() -> None:
    gate = FairGate(1)
    with pytest.raises(ZeroDivisionError):
        async with gate.turn(Askers(ANN)):
            raise ZeroDivisionError
    async with asyncio.timeout(10), gate.turn(Askers(ANN)):
        pass


@pytest.mark.parametrize("seed", range(20))
async def test_cancelling_at_any_moment_loses_and_doubles_no_slot(seed: int) -> None:
    lots = random.Random(seed)  # noqa: S311  # draws the order of a test, no secret
    gate = FairGate(3)
    running = 0

    def someone() -> Askers:
        return Askers(lots.randrange(4), lots.choice([None, 7, 8]))

    async def call(askers: Askers, length: int) -> None:
        nonlocal running
        async with gate.turn(askers):
            running += 1
            assert running <= 3
            try:
                for _ in range(length):
                    await asyncio.sleep(0)
            finally:
                running -= 1

    tasks: list[asyncio.Task[None]] = []
    waiting: list[Askers] = []

    async def joint_call() -> None:
        askers = someone()
        waiting.append(askers)
        await call(askers, 2)

    moves: list[Callable[[], object]] = [
        lambda: tasks.append(asyncio.create_task(call(someone(), lots.randrange(4)))),
        lambda: tasks.append(asyncio.create_task(joint_call())),
        lambda: waiting and lots.choice(waiting).join(someone()),
        lambda: tasks and lots.choice(tasks).cancel(),
        lambda: None,
    ]
    for _ in range(300):
        lots.choices(moves, [3, 1, 2, 1, 1])[0]()
        if lots.random() < 0.5:
            await asyncio.sleep(0)
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ends)
    async with asyncio.timeout(10), gate.turn(Askers(ANN)), gate.turn(Askers(BEN)), gate.turn(Askers(CLEO)):
        pass
