"""Tries end with the first that succeeds, and repeat what may be repeated."""

import asyncio

import pytest
import stamina

from bot.tries import tries


async def attempts_of(*errors: Exception, most: int | None = 5, wanted: type[Exception] = ValueError) -> list[int]:
    """Return the numbers of the tries that are made if the first ones end with these errors."""
    made: list[int] = []
    async for attempt in tries(
        lambda error: isinstance(error, wanted), attempts=most, timeout=None, wait_initial=0.001, wait_jitter=0
    ):
        with attempt:
            made.append(attempt.num)
            if len(made) <= len(errors):
                raise errors[len(made) - 1]
    return made


async def test_a_first_try_that_succeeds_is_the_only_one_and_starts_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(stamina, "retry_context")
    assert await attempts_of() == [1]


async def test_what_fails_is_tried_again() -> None:
    assert await attempts_of(ValueError(), ValueError()) == [1, 2, 3]


@pytest.mark.parametrize("errors", [(KeyError("no"),), (ValueError(), KeyError("no"))])
async def test_what_must_not_be_repeated_is_raised_as_it_is(errors: tuple[Exception, ...]) -> None:
    with pytest.raises(KeyError) as raised:
        await attempts_of(*errors)
    assert raised.value is errors[-1]


async def test_the_last_error_is_raised() -> None:
    with pytest.raises(ValueError, match="third"):
        await attempts_of(ValueError(), ValueError(), ValueError("third"), most=3)


async def test_the_time_of_the_first_try_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tries.monotonic", iter([0.0, 61.0]).__next__)
    made: list[int] = []

    async def work() -> None:
        async for attempt in tries(lambda _: True, attempts=None, timeout=60.0, wait_initial=1.0, wait_jitter=0):
            with attempt:
                made.append(attempt.num)
                raise KeyError

    with pytest.raises(KeyError):
        await work()
    assert made == [1]


async def test_a_cancelled_try_is_not_repeated() -> None:
    async def work() -> None:
        async for attempt in tries(lambda _: True, attempts=5, timeout=None):
            with attempt:
                raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await work()
