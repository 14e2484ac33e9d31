"""Sounds of the last hour are kept for whoever has the same words said in the same voice again."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from bot.clock import HOUR
from bot.errors import Busy, Unclear, UserError
from bot.fish_audio.fair_gate import Askers
from bot.models.voices import VoiceState
from bot.services.speech.synthesis.sound_cache import KEPT, SoundCache
from tests.storage.voices.making import make_draft
from tests.stories.running import TravelClock

VOICE = replace(make_draft(1), state=VoiceState.TRAINED, fish_id="f1")
TRAINING = replace(VOICE, state=VoiceState.TRAINING, imitable_until=9)  # its id at Fish Audio is known already


class Maker:
    """Makes sounds, and counts them."""

    def __init__(self, *sounds: bytes | Exception) -> None:
        self.made = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._sounds = sounds

    async def __call__(self) -> bytes:
        self.made += 1
        sound = self._sounds[min(self.made, len(self._sounds)) - 1]
        await self.may_end.wait()
        if isinstance(sound, Exception):
            raise sound
        return sound


def cache(most_bytes: int = 1000, clock: TravelClock | None = None) -> SoundCache:
    return SoundCache(clock or TravelClock(), most_bytes=most_bytes)


def key(sounds: SoundCache, words: str = "Hello", *, speed: float = 1.0, volume: float = 0.0) -> bytes:
    return sounds.key(words, VOICE, speed=speed, volume=volume)


async def test_the_same_words_are_made_once_within_an_hour() -> None:
    clock, make = TravelClock(), Maker(b"first", b"second")
    sounds = cache(clock=clock)
    new, again = [await sounds.sound(key(sounds), Askers(1), make) for _ in range(2)]
    assert (new.frames, new.is_new) == (b"first", True)
    assert (again.frames, again.is_new) == (b"first", False)

    clock.forward(seconds=KEPT / 1000 - 1)
    assert sounds.has(key(sounds))
    clock.forward(seconds=1)
    assert not sounds.has(key(sounds))
    assert (await sounds.sound(key(sounds), Askers(1), make)).frames == b"second"
    assert KEPT == HOUR


async def test_other_words_another_voice_speed_or_volume_are_other_sounds() -> None:
    sounds = cache()
    other_voice = sounds.key("Hello", replace(VOICE, fish_id="f2"), speed=1.0, volume=0.0)
    keys = {key(sounds), key(sounds, "hello"), key(sounds, speed=1.1), key(sounds, volume=1.0), other_voice}
    assert len(keys) == 5
    untrained = [TRAINING, replace(TRAINING, imitable_until=10), replace(TRAINING, id="other", imitable_until=9)]
    keys |= {sounds.key("Hello", voice, speed=1.0, volume=0.0) for voice in untrained}
    assert len(keys) == 8, "what is made of a sample is neither the trained voice nor another sample"
    assert key(cache()) != key(sounds), "nobody can try out words on another process's keys"


async def test_those_who_ask_at_once_share_one_request() -> None:
    sounds, make = cache(), Maker(b"sound")
    made = await asyncio.gather(*(sounds.sound(key(sounds), Askers(1), make) for _ in range(5)))
    assert make.made == 1
    assert [each.is_new for each in made] == [True, False, False, False, False]
    assert {each.frames for each in made} == {b"sound"}


async def test_the_request_goes_on_for_the_others_when_the_first_is_cancelled() -> None:
    sounds, make = cache(), Maker(b"sound")
    make.may_end.clear()
    first, second = begun(sounds, make), begun(sounds, make)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    make.may_end.set()
    assert (await second).frames == b"sound"
    assert make.made == 1


async def test_a_request_for_which_nobody_waits_ends() -> None:
    sounds, make = cache(), Maker(b"sound")
    make.may_end.clear()
    only = begun(sounds, make)
    await asyncio.sleep(0)
    assert sounds.has(key(sounds))
    only.cancel()
    await asyncio.wait([only])
    await asyncio.sleep(0)
    assert not sounds.has(key(sounds))


async def test_whoever_asks_while_a_request_ends_gets_a_sound_of_their_own() -> None:
    sounds, make, ends = cache(), Maker(b"sound"), asyncio.Event()

    async def ends_slowly() -> bytes:
        try:
            return await asyncio.Event().wait() and b""
        finally:
            await ends.wait()

    first = begun(sounds, ends_slowly)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        assert (await sounds.sound(key(sounds), Askers(1), make)).frames == b"sound"
    ends.set()
    await asyncio.wait([first])
    assert sounds.has(key(sounds)), "the sound of the second is kept"


async def test_a_failure_is_shared_and_not_kept() -> None:
    sounds, make = cache(), Maker(Unclear("no answer"), b"sound")
    failed = await asyncio.gather(
        *(sounds.sound(key(sounds), Askers(1), make) for _ in range(2)), return_exceptions=True
    )
    assert [type(each) for each in failed] == [Unclear, Unclear]
    assert make.made == 1
    assert (await sounds.sound(key(sounds), Askers(1), make)).frames == b"sound"


@pytest.mark.parametrize("trouble", [UserError("Your characters are used up."), Busy("no turn has come in its time")])
async def test_what_stops_the_first_alone_does_not_stop_the_second(trouble: Exception) -> None:
    sounds, make = cache(), Maker(trouble, b"sound")
    first, second = await asyncio.gather(
        *(sounds.sound(key(sounds), Askers(1), make) for _ in range(2)), return_exceptions=True
    )
    assert first is trouble
    assert not isinstance(second, BaseException)
    assert (second.frames, second.is_new) == (b"sound", True)


async def test_whoever_asks_at_the_moment_in_which_another_request_fails_gets_a_sound_of_their_own() -> None:
    sounds, make = cache(), Maker(UserError("Your characters are used up."), b"sound")
    make.may_end.clear()

    async def ask_when_it_fails() -> bytes:
        await make.may_end.wait()
        return (await sounds.sound(key(sounds), Askers(2), make)).frames

    first = asyncio.create_task(sounds.sound(key(sounds), JoinedOnce(1), make))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(ask_when_it_fails())
    await asyncio.sleep(0)
    make.may_end.set()
    assert await second == b"sound"
    with pytest.raises(UserError):
        await first


class JoinedOnce(Askers):
    """Fails for whoever joins a failed request again and again, in which the event loop would never get a turn."""

    is_joined = False

    def join(self, others: Askers) -> None:
        assert not self.is_joined
        self.is_joined = True
        super().join(others)


async def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    sounds = cache(most_bytes=10)
    for words in ("one", "two", "three"):
        await sounds.sound(key(sounds, words), Askers(1), Maker(b"12345"))
    assert [sounds.has(key(sounds, words)) for words in ("one", "two", "three")] == [False, True, True]
    await sounds.sound(key(sounds, "long"), Askers(1), Maker(b"12345678901"))
    assert [sounds.has(key(sounds, words)) for words in ("long", "two", "three")] == [False, True, True]


async def test_old_sounds_leave_the_memory_by_themselves() -> None:
    clock = TravelClock()
    sounds = cache(most_bytes=5, clock=clock)
    await sounds.sound(key(sounds), Askers(1), Maker(b"12345"))
    clock.forward(seconds=KEPT / 1000)
    await sounds.drop_old()
    assert b"12345" not in held(sounds)


async def test_nothing_is_kept_of_what_was_dropped_while_it_was_made() -> None:
    sounds, make = cache(), Maker(b"sound")
    make.may_end.clear()
    making = begun(sounds, make)
    await asyncio.sleep(0)
    sounds.clear()
    make.may_end.set()
    assert (await making).frames == b"sound"
    assert not sounds.has(key(sounds))
    await sounds.sound(key(sounds), Askers(1), make)
    sounds.clear()
    assert not sounds.has(key(sounds))
    assert b"sound" not in held(sounds)


async def test_the_memory_holds_no_words() -> None:
    sounds = cache()
    await sounds.sound(key(sounds, "Hidden words"), Askers(1), Maker(b"sound"))
    assert b"sound" in held(sounds)
    assert b"Hidden" not in held(sounds)


async def test_without_memory_each_request_is_made() -> None:
    sounds, make = cache(most_bytes=0), Maker(b"sound")
    made = await asyncio.gather(*(sounds.sound(key(sounds), Askers(1), make) for _ in range(3)))
    assert make.made == 3
    assert all(each.is_new for each in made)


def begun(sounds: SoundCache, make: Callable[[], Coroutine[Any, Any, bytes]]) -> "asyncio.Task[Any]":
    return asyncio.ensure_future(sounds.sound(key(sounds), Askers(1), make))


def held(sounds: SoundCache) -> bytes:
    return repr(vars(sounds)).encode()
