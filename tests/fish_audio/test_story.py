"""A voice's whole life through the bot's own client, against the strict stand-in."""

from collections.abc import AsyncGenerator
from decimal import Decimal

import pytest

from bot.errors import Busy, CreditUsedUp, KeyRefused, NoSound, Refused, Unclear, VoiceGone
from bot.fish_audio.client import FishAudio, open_fish_audio
from bot.fish_audio.fair_gate import Askers
from bot.models.samples import Clip, Sample
from bot.models.voices import FishVoice
from sandbox import fish_audio as sandbox
from sandbox.speech import sample_wav

ANN = 7


@pytest.fixture
async def service() -> AsyncGenerator[sandbox.FishAudio]:
    async with sandbox.FishAudio.open() as service:
        yield service
        assert service.surprises == []


@pytest.fixture
async def fish_audio(service: sandbox.FishAudio) -> AsyncGenerator[FishAudio]:
    async with open_fish_audio(api_key=service.key, api_url=service.url, model="s2-pro", concurrency=5) as fish_audio:
        yield fish_audio


async def create(fish_audio: FishAudio, *, transcript: str | None = None) -> FishVoice:
    return await fish_audio.create_voice(
        title="Grandpa",
        sample=Sample((Clip("grandpa.wav", sample_wav(seconds=3)),)),
        transcript=transcript,
        tag="mynah-1",
        member_id=ANN,
    )


async def test_a_voice_is_made_found_heard_and_deleted(service: sandbox.FishAudio, fish_audio: FishAudio) -> None:
    service.trains = "slowly"
    made = await create(fish_audio, transcript="What I say in it.")
    assert made.state == "created"
    (voice,) = service.voices
    assert (voice.visibility, voice.texts) == ("private", ["What I say in it."])
    assert (voice.files[0].name, voice.files[0].content_type) == ("grandpa.wav", "audio/wav")

    service.finishes_training("Grandpa")
    assert (await fish_audio.voice(made.fish_id)).state == "trained"
    assert [voice.fish_id for voice in await fish_audio.newest_voices()] == [made.fish_id]
    assert [voice.fish_id for voice in await fish_audio.voices_tagged("mynah-1")] == [made.fish_id]
    assert await fish_audio.voices_tagged("mynah-2") == []

    sound = await fish_audio.speak("Hello", voice=made.fish_id, speed=1.2, volume=3, askers=Askers(ANN))
    assert service.made(sound, text="Hello", voice="Grandpa")
    assert await fish_audio.credit() == service.credit < Decimal(10)

    await fish_audio.delete_voice(made.fish_id)
    await fish_audio.delete_voice(made.fish_id)
    assert service.voices == []
    with pytest.raises(VoiceGone):
        await fish_audio.voice(made.fish_id)
    with pytest.raises(Refused):
        await fish_audio.speak("Hello", voice=made.fish_id, speed=1, volume=0, askers=Askers(ANN))


async def test_a_failed_training_says_why(service: sandbox.FishAudio, fish_audio: FishAudio) -> None:
    service.trains = "slowly"
    service.fails_training("Grandpa", reason="Two people speak")
    made = await create(fish_audio)
    read = await fish_audio.voice(made.fish_id)
    assert (read.state, read.quality_reason) == ("failed", "Two people speak")


async def test_a_creation_whose_answer_was_lost_is_found_by_its_tag(
    service: sandbox.FishAudio, fish_audio: FishAudio
) -> None:
    service.hangs_up_after("POST", "/model")
    with pytest.raises(Unclear):
        await create(fish_audio)
    service.garbles_creations()
    with pytest.raises(Unclear):
        await create(fish_audio)
    assert len(await fish_audio.voices_tagged("mynah-1")) == len(service.voices) == 2


async def test_the_troubles_of_the_host_and_of_the_service_are_told_apart(
    service: sandbox.FishAudio, fish_audio: FishAudio
) -> None:
    made = await create(fish_audio)

    async def speak() -> bytes:
        return await fish_audio.speak("Hello", voice=made.fish_id, speed=1, volume=0, askers=Askers(ANN))

    service.is_busy(retry_after=7)
    with pytest.raises(Busy) as busy:
        await speak()
    assert busy.value.retry_after == 7
    service.breaks_behind_its_proxy("POST", "/v1/tts")
    with pytest.raises(Unclear):
        await speak()
    service.sends_no_sound(body={"status": 402})
    with pytest.raises(NoSound):
        await speak()
    service.credit = Decimal(0)
    with pytest.raises(CreditUsedUp):
        await speak()
    async with open_fish_audio(
        api_key="another-key", api_url=service.url, model="s2-pro", concurrency=1
    ) as with_another_key:
        with pytest.raises(KeyRefused):
            await with_another_key.check_key()
