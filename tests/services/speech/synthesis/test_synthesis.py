"""A sound must begin to come soon; once it has begun, it may take as long as it needs."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.errors import Busy, Unclear
from bot.fish_audio.client import FishAudio
from bot.fish_audio.fair_gate import Askers
from bot.services.common.signing import Signer
from bot.services.speech.synthesis.bill import Bill
from bot.services.speech.synthesis.circuit import Circuit
from bot.services.speech.synthesis.synthesis import FIRST_SOUND_SECONDS, SECONDS, Synthesis
from tests.audio.mp3.mp3s import FRAMES
from tests.fish_audio.odd_service import Answered, Halting, OddService, Silence, fish_audio_at
from tests.services.speech.voices import VOICE
from tests.stories.running import TravelClock

SIGNER = Signer(b"h" * 32, b"p" * 32)


@pytest.fixture
def clock() -> TravelClock:
    return TravelClock()


@pytest.fixture
def circuit(clock: TravelClock) -> Circuit:
    return Circuit(clock)


class Asking:
    """Members who have “Hello” said."""

    def __init__(self, fish_audio: FishAudio, circuit: Circuit, clock: TravelClock) -> None:
        self._synthesis = Synthesis(fish_audio, SIGNER, circuit, clock)

    def __call__(self, member_id: int = 1) -> asyncio.Task[bytes]:
        return asyncio.create_task(
            self._synthesis.unlabelled_mp3("Hello", VOICE, bill=Bill(), askers=Askers(member_id))
        )


@pytest.fixture
def ask(fish_audio: FishAudio, circuit: Circuit, clock: TravelClock) -> Asking:
    return Asking(fish_audio, circuit, clock)


@pytest.fixture
async def one_slot(service: OddService) -> AsyncGenerator[FishAudio]:
    async with fish_audio_at(service.url, concurrency=1) as fish_audio:
        yield fish_audio


async def only_the_last_deadline_is_left() -> None:
    """Wait until the bot has read the first bytes of a sound, which only the end of its first deadline shows."""
    async with asyncio.timeout(30):
        while [task.get_name() for task in asyncio.all_tasks()].count("deadline") != 1:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)


async def stays_unfinished(asked: asyncio.Task[bytes]) -> None:
    for _ in range(100):  # turns of the event loop, in which it would have ended
        await asyncio.sleep(0)
    assert not asked.done()


async def test_silence_ends_after_twenty_seconds(service: OddService, ask: Asking, clock: TravelClock) -> None:
    service.answer = Silence()
    asked = ask()
    await service.has_received(1)
    clock.forward(seconds=FIRST_SOUND_SECONDS - 1, hanging=True)
    await stays_unfinished(asked)
    clock.forward(seconds=1, hanging=True)
    with pytest.raises(Unclear):
        await asked


async def test_a_sound_that_has_begun_is_waited_for(service: OddService, ask: Asking, clock: TravelClock) -> None:
    service.answer = Halting(FRAMES)
    asked = ask()
    await service.has_received(1)
    await only_the_last_deadline_is_left()
    clock.forward(seconds=SECONDS - 1, hanging=True)
    service.go_on.set()
    assert await asked == FRAMES


async def test_a_sound_that_never_ends_is_given_up(service: OddService, ask: Asking, clock: TravelClock) -> None:
    service.answer = Halting(FRAMES)
    asked = ask()
    await service.has_received(1)
    await only_the_last_deadline_is_left()
    clock.forward(seconds=SECONDS, hanging=True)
    with pytest.raises(Unclear):
        await asked


async def test_bytes_of_a_refusal_are_no_sound(service: OddService, fish_audio: FishAudio) -> None:
    begun: list[bool] = []
    service.answer = Answered(503, b"overloaded")
    with pytest.raises(Unclear):
        await fish_audio.speak(
            "Hello", voice="f" * 32, speed=1, volume=0, askers=Askers(1), on_sound=lambda: begun.append(True)
        )
    assert not begun


async def one_speaks_while_another_waits(
    service: OddService, ask: Asking
) -> tuple[asyncio.Task[bytes], asyncio.Task[bytes]]:
    """Give one request the only slot, in which its sound has begun to come, and let another wait for it."""
    service.answer = Halting(FRAMES)
    speaking = ask(member_id=1)
    await service.has_received(1)
    await only_the_last_deadline_is_left()
    waiting = ask(member_id=2)
    await stays_unfinished(waiting)
    return speaking, waiting


async def test_the_wait_for_a_slot_is_no_silence_of_fish_audio(
    service: OddService, one_slot: FishAudio, circuit: Circuit, clock: TravelClock
) -> None:
    ann, ben = await one_speaks_while_another_waits(service, Asking(one_slot, circuit, clock))
    clock.forward(seconds=FIRST_SOUND_SECONDS + 1, hanging=True)
    await stays_unfinished(ben)
    service.go_on.set()
    assert await ann == FRAMES
    assert await ben == FRAMES


async def test_silence_counts_from_the_asking_not_from_the_wait_for_a_slot(
    service: OddService, one_slot: FishAudio, circuit: Circuit, clock: TravelClock
) -> None:
    ann, ben = await one_speaks_while_another_waits(service, Asking(one_slot, circuit, clock))
    clock.forward(seconds=FIRST_SOUND_SECONDS, hanging=True)
    service.answer = Silence()
    service.go_on.set()
    await ann
    await service.has_received(2)
    clock.forward(seconds=FIRST_SOUND_SECONDS - 1, hanging=True)
    await stays_unfinished(ben)
    clock.forward(seconds=1, hanging=True)
    with pytest.raises(Unclear):
        await ben


async def test_whoever_never_gets_a_slot_is_told_that_it_is_busy_and_others_may_ask(
    service: OddService, one_slot: FishAudio, circuit: Circuit, clock: TravelClock
) -> None:
    service.answering.clear()
    creating = asyncio.create_task(one_slot.check_key())  # holds the only slot
    await service.has_received(1)
    waiting = Asking(one_slot, circuit, clock)(member_id=1)
    await stays_unfinished(waiting)
    clock.forward(seconds=SECONDS - 1, hanging=True)
    await stays_unfinished(waiting)
    clock.forward(seconds=1, hanging=True)
    with pytest.raises(Busy):
        await waiting
    circuit.check()
    service.answering.set()
    await creating
    assert len(service.received) == 1, "nothing was sent for whoever has gone"


async def test_those_who_wait_while_fish_audio_falls_silent_are_told_without_a_request(
    service: OddService, one_slot: FishAudio, circuit: Circuit, clock: TravelClock
) -> None:
    ask = Asking(one_slot, circuit, clock)
    service.answer = Silence()
    ann = ask(member_id=1)
    await service.has_received(1)
    crowd = [ask(member_id=2 + n) for n in range(5)]
    await stays_unfinished(crowd[-1])
    clock.forward(seconds=FIRST_SOUND_SECONDS, hanging=True)
    for asked in (ann, *crowd):
        with pytest.raises(Unclear):
            await asked
    assert len(service.received) == 1


async def test_a_cancelled_wait_leaves_the_slot_to_others(
    service: OddService, one_slot: FishAudio, circuit: Circuit, clock: TravelClock
) -> None:
    ask = Asking(one_slot, circuit, clock)
    service.answer = Halting(FRAMES)
    ann = ask(member_id=1)
    await service.has_received(1)
    waiting = [ask(member_id=2 + n) for n in range(5)]
    await stays_unfinished(waiting[-1])
    for asked in waiting[:-1]:
        asked.cancel()
    service.go_on.set()
    assert await ann == FRAMES
    assert await waiting[-1] == FRAMES
    assert all(asked.cancelled() for asked in waiting[:-1])
    assert len(service.received) == 2
