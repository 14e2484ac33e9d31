"""The stories' clock: what a leap of time does to sleepers and to work with a deadline."""

import asyncio

import pytest

from bot.clock import HOUR, Alarm
from tests.stories.running import TravelClock


async def test_a_sleeper_wakes_after_the_leap() -> None:
    clock = TravelClock()
    asleep = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.forward(seconds=3600)
    await asleep


async def test_who_is_about_to_wait_for_a_moment_wakes_too() -> None:
    clock = TravelClock()
    waits = asyncio.create_task(Alarm(clock).wait_until(clock.now() + HOUR))
    await asyncio.sleep(0)  # it has looked at the clock, or will do so in its next step
    clock.forward(seconds=3600)
    async with asyncio.timeout(10):
        await waits


async def test_running_work_is_cancelled_when_it_hangs_but_not_by_a_leap() -> None:
    clock = TravelClock()
    async with clock.at_most(60):
        await asyncio.sleep(0)
        clock.forward(seconds=3600)
        for _ in range(10):
            await asyncio.sleep(0)

    async def hangs() -> None:
        async with clock.at_most(60):
            await asyncio.sleep(0)
            clock.forward(seconds=60, hanging=True)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await hangs()


async def test_setting_the_hour_lets_no_time_pass() -> None:
    clock = TravelClock()
    hour, moment, lead = clock.now(), clock.monotonic(), clock.lead()
    clock.is_set(ahead=-3600)
    assert clock.now() < hour
    assert clock.monotonic() - moment < HOUR
    assert clock.lead() < lead
