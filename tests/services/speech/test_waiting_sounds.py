"""Sounds that Discord does not take use no more memory than they may; the oldest gives way."""

import asyncio

import pytest

from bot.services.speech.waiting_sounds import GaveWay, WaitingSounds


async def test_the_oldest_give_way_to_a_new_one_until_it_has_room() -> None:
    waiting, gone = WaitingSounds(100), list[str]()
    for name, size in (("a", 40), ("b", 40), ("c", 20)):
        waiting.keep(name, size, lambda name=name: gone.append(name))
    assert gone == []
    waiting.drop("b")
    waiting.drop("b")
    waiting.keep("d", 40, lambda: gone.append("d"))
    assert gone == []
    waiting.keep("e", 41, lambda: gone.append("e"))
    assert gone == ["a", "c"]
    waiting.keep("larger than all of it", 1000, lambda: gone.append("larger"))
    assert gone == ["a", "c", "d", "e"]
    waiting.keep("f", 1, lambda: gone.append("f"))
    assert gone == ["a", "c", "d", "e", "larger"]


async def test_a_posting_ends_with_a_sentence_when_its_sound_gives_way() -> None:
    waiting = WaitingSounds(100)
    posted = asyncio.Event()

    async def post(name: str) -> str:
        async with waiting.keeping(name, 60):
            await posted.wait()
        return name

    first = asyncio.create_task(post("first"))
    await asyncio.sleep(0)
    second = asyncio.create_task(post("second"))
    with pytest.raises(GaveWay, match="try again in a few minutes"):
        await first
    posted.set()
    assert await second == "second"
    assert await post("third") == "third", "what was posted takes no room"


async def test_other_troubles_of_a_posting_stay_what_they_are() -> None:
    waiting = WaitingSounds(100)
    with pytest.raises(TimeoutError):
        async with waiting.keeping("sound", 60):
            raise TimeoutError
