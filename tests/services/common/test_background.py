"""A job that hangs holds no place in its pool for ever."""

import asyncio

from bot.services.common.background import LONGEST_JOB, WorkerPool
from tests.fish_audio.test_fair_gate import settled
from tests.stories.running import TravelClock


async def test_a_job_that_hangs_is_cancelled_and_its_place_is_free_again() -> None:
    clock, freed, ended = TravelClock(), list[str](), list[str]()
    pool = WorkerPool(1, lambda: freed.append("place"), clock)

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("job")

    pool.start("one", hang())
    await settled()
    clock.forward(seconds=LONGEST_JOB - 1, hanging=True)
    await settled()
    assert (pool.free, freed, ended) == (0, [], [])
    clock.forward(seconds=2, hanging=True)
    await settled()
    assert (pool.free, freed, ended) == (1, ["place"], ["job"])


async def test_a_closed_pool_leaves_no_job_that_has_not_begun() -> None:
    pool = WorkerPool(1, lambda: None, TravelClock())

    async def job() -> None:
        raise AssertionError

    pool.start("one", job())
    await pool.aclose()
    assert pool.free == 1
