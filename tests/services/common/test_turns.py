"""Members take turns at work that needs much memory or computing, and nobody fills the queue."""

import asyncio

import pytest

from bot.services.common.turns import MOST_EACH, TooManyAtOnce, Turns
from tests.fish_audio.test_fair_gate import settled

ANN, BEN = 1, 2


async def test_a_member_has_a_few_requests_at_once_and_others_do_not_wait_for_them() -> None:
    turns, go_on, begun = Turns(2, "files"), asyncio.Event(), list[int]()

    async def request(member_id: int) -> None:
        async with turns.turn(member_id):
            begun.append(member_id)
            await go_on.wait()

    running = [asyncio.create_task(request(ANN)) for _ in range(MOST_EACH)]
    await settled()
    with pytest.raises(TooManyAtOnce, match="You have 3 files running"):
        await request(ANN)
    assert begun == [ANN]
    running.append(asyncio.create_task(request(BEN)))
    await settled()
    assert begun == [ANN, BEN]

    go_on.set()
    await asyncio.gather(*running)
    await request(ANN)
    assert begun.count(ANN) == MOST_EACH + 1


async def test_a_request_that_is_given_up_counts_no_longer() -> None:
    turns = Turns(1, "files")
    async with turns.own_turn():
        waiting = [asyncio.create_task(turns.turn(ANN).__aenter__()) for _ in range(MOST_EACH)]
        await settled()
        for task in waiting:
            task.cancel()
        await settled()
    for _ in range(MOST_EACH + 1):
        async with turns.turn(ANN):
            pass
