"""A sound must begin to come soon; once it has begun, it may take as long as it needs."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.errors import Unclear
from bot.fish_audio.client import FishAudio
from bot.models import Voice, VoiceState
from bot.services.common.signing import Signer
from bot.services.speech.circuit import Circuit
from bot.services.speech.synthesis import FIRST_SOUND_SECONDS, SECONDS, Synthesis
from tests.audio.mp3s import FRAMES
from tests.fish_audio.odd_service import Answered, Halting, OddService, Silence, fish_audio_at, odd_service
from tests.stories.running import TravelClock

VOICE = Voice(
    id="0" * 16,
    owner_id=1,
    owner_name="Ann",
    name="Grandpa",
    state=VoiceState.TRAINED,
    fish_id="f" * 32,
    guild_id=None,
    channel_id=1,
    since=0,
    created_at=0,
)
SIGNER = Signer(b"h" * 32, b"p" * 32)


@pytest.fixture
async def service() -> AsyncGenerator[OddService]:
    async with odd_service() as service:
        yield service


@pytest.fixture
async def fish_audio(service: OddService) -> AsyncGenerator[FishAudio]:
    async with fish_audio_at(service.url) as fish_audio:
        yield fish_audio


@pytest.fixture
def clock() -> TravelClock:
    return TravelClock()


def asked_for(fish_audio: FishAudio, clock: TravelClock) -> asyncio.Task[bytes]:
    synthesis = Synthesis(fish_audio, SIGNER, Circuit(clock), clock)
    return asyncio.create_task(synthesis.unlabelled_mp3("Hello", VOICE, member_id=1))


async def only_the_last_deadline_is_left() -> None:
    """Wait until the bot has read the first bytes of a sound, which only the end of its first deadline shows."""
    async with asyncio.timeout(30):
        while [task.get_name() for task in asyncio.all_tasks()].count("deadline") != 1:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)


async def test_silence_ends_after_twenty_seconds(
    service: OddService, fish_audio: FishAudio, clock: TravelClock
) -> None:
    service.answer = Silence()
    asked = asked_for(fish_audio, clock)
    await service.has_received(1)
    clock.forward(seconds=FIRST_SOUND_SECONDS - 1, hanging=True)
    for _ in range(100):  # turns of the event loop, in which it would have ended
        await asyncio.sleep(0)
    assert not asked.done()
    clock.forward(seconds=1, hanging=True)
    with pytest.raises(Unclear):
        await asked


async def test_a_sound_that_has_begun_is_waited_for(
    service: OddService, fish_audio: FishAudio, clock: TravelClock
) -> None:
    service.answer = Halting(FRAMES)
    asked = asked_for(fish_audio, clock)
    await service.has_received(1)
    await only_the_last_deadline_is_left()
    clock.forward(seconds=SECONDS - 1, hanging=True)
    service.go_on.set()
    assert await asked == FRAMES


async def test_a_sound_that_never_ends_is_given_up(
    service: OddService, fish_audio: FishAudio, clock: TravelClock
) -> None:
    service.answer = Halting(FRAMES)
    asked = asked_for(fish_audio, clock)
    await service.has_received(1)
    await only_the_last_deadline_is_left()
    clock.forward(seconds=SECONDS, hanging=True)
    with pytest.raises(Unclear):
        await asked


async def test_bytes_of_a_refusal_are_no_sound(service: OddService, fish_audio: FishAudio, clock: TravelClock) -> None:
    begun: list[bool] = []
    service.answer = Answered(503, b"overloaded")
    with pytest.raises(Unclear):
        await fish_audio.speak(
            "Hello", fish_id="f" * 32, speed=1, volume=0, member_id=1, on_sound=lambda: begun.append(True)
        )
    assert not begun
