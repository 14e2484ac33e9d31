"""The unmodified SDK works against the stand-in, from a WAV to an MP3, and shows its own faults."""

from decimal import Decimal

import httpx
import pytest
from fishaudio.exceptions import (
    APIError,
    AuthenticationError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from fishaudio.types import Prosody, TTSConfig
from pydantic import ValidationError

from sandbox.fish_audio import FishAudio
from sandbox.sound import Sound, pitch_of
from sandbox.speech import sample_wav
from tests.sandbox.fish_audio.clients import sdk

# Version 2.4, twelve bytes long after its header: one empty frame of padding.
ID3_TAG = b"ID3\x04\x00\x00\x00\x00\x00\x0c" + bytes(12)
LOW, HIGH = sample_wav(pitch=95, seconds=5), sample_wav(pitch=210, seconds=5)


async def test_a_recording_becomes_a_voice_that_speaks_in_its_pitch() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        low = await client.voices.create(title="Grandpa", voices=[LOW], texts=["Hello"], tags=["attempt-1"])
        high = await client.voices.create(title="Ann", voices=[HIGH])
        assert (low.state, low.visibility, low.tags) == ("trained", "private", ["attempt-1"])

        deep = await client.tts.convert(text="Good morning, everybody.", reference_id=low.id)
        bright = await client.tts.convert(text="Good morning, everybody.", reference_id=high.id)
        assert pitch_of(deep) == pytest.approx(95, rel=0.1)
        assert pitch_of(bright) == pytest.approx(210, rel=0.1)
        assert fish.surprises == []


async def test_what_was_uploaded_can_be_looked_at() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        await client.voices.create(title="Grandpa", voices=[LOW], texts=["Hello"], tags=["a", "b"])
        voice = fish.voice("Grandpa")
        assert (voice.tags, voice.texts, voice.visibility) == (["a", "b"], ["Hello"], "private")
        assert [(file.name, file.data) for file in voice.files] == [("upload", LOW)]
        assert voice.seconds == [pytest.approx(5, abs=0.01)]
        assert [request.path for request in fish.requests] == ["/model"]
        with pytest.raises(LookupError, match="no voice 'Grandma'; it has 'Grandpa'"):
            fish.voice("Grandma")


async def test_speech_is_recognised_with_tags_and_without() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        voice = await client.voices.create(title="Grandpa", voices=[LOW])
        audio = await client.tts.convert(text="Hello", reference_id=voice.id)
        other = await client.tts.convert(text="Goodbye", reference_id=voice.id)

        tagged = ID3_TAG + audio
        assert fish.made(tagged, text="Hello", voice="Grandpa")
        assert fish.made(audio, text="Hello", voice=voice.id)
        assert not fish.made(audio, text="Hello", voice="Ann")
        assert not fish.made(audio, text="Goodbye")
        assert not fish.made(other, text="Hello")
        assert not fish.made(b"", text="Hello")


async def test_speed_and_volume_can_be_heard() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:

        async def hear(**prosody: float) -> Sound:
            config = TTSConfig(prosody=Prosody(**prosody))
            return Sound.decode(await client.tts.convert(text="Can you hear me now?", config=config))

        plain, fast, loud, quiet = [
            await hear(**prosody) for prosody in ({}, {"speed": 2}, {"volume": 10}, {"volume": -10})
        ]
        assert fast.seconds < 0.7 * plain.seconds
        assert quiet.loudness + 5 < plain.loudness < loud.loudness - 5
        assert [spoken.parameters["speed"] for spoken in fish.spoken] == [1, 2, 1, 1]


async def test_voices_are_listed_edited_and_deleted() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        for title in ("Ann", "Ben", "Grandpa"):
            await client.voices.create(title=title, voices=[LOW], tags=[f"attempt-{title}"])
        page = await client.voices.list(self_only=True, page_size=2, sort_by="created_at")
        assert (page.total, [voice.title for voice in page.items]) == (3, ["Grandpa", "Ben"])
        [found] = (await client.voices.list(self_only=True, tags=["attempt-Ann"])).items

        await client.voices.update(found.id, title="Anna", tags=["new"])
        assert (await client.voices.get(found.id)).title == "Anna"
        await client.voices.delete(found.id)
        assert [voice.title for voice in fish.voices] == ["Ben", "Grandpa"]
        assert [voice.title for voice in fish.deleted] == ["Anna"]
        with pytest.raises(NotFoundError):
            await client.voices.get(found.id)


async def test_credit_is_read_and_used_up() -> None:
    async with FishAudio.open(credit=Decimal("0.0002")) as fish, sdk(fish) as client:
        await client.tts.convert(text="Grüße")  # seven bytes
        assert (await client.account.get_credits()).credit == Decimal("0.0002") - 7 * Decimal("0.000015")
        await client.tts.convert(text="x" * 500, model="s2.1-pro-free")  # pyrefly: ignore[bad-argument-type]  # the SDK's type lacks the free engine
        with pytest.raises(APIError) as refused:
            await client.tts.convert(text="Hello there")
        assert refused.value.status == 402
        assert "Insufficient API credit" in refused.value.message


async def test_a_wrong_key_is_refused_in_both_shapes() -> None:
    async with FishAudio.open() as fish, sdk(fish, key="wrong") as client:
        with pytest.raises(AuthenticationError, match="see authorization schemes"):
            await client.voices.list(self_only=True, page_size=1)
        with pytest.raises(AuthenticationError, match="Invalid Token"):
            await client.tts.convert(text="Hello")


async def test_a_recording_of_the_sandbox_is_written_down() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        heard = await client.asr.transcribe(audio=sample_wav("See you tomorrow.", seconds=5))
        assert (heard.text, heard.duration) == ("See you tomorrow.", pytest.approx(5, abs=0.01))
        speech = await client.tts.convert(text="Where is the cat that I have been looking for?")
        assert (await client.asr.transcribe(audio=speech)).text == "Where is the cat that I have been looking for?"


async def test_what_the_next_recordings_are_heard_as_can_be_ordered() -> None:
    recording = sample_wav("See you tomorrow.", seconds=5)
    async with FishAudio.open() as fish, sdk(fish) as client:
        fish.hears("Something else", times=2)
        heard = [(await client.asr.transcribe(audio=recording)).text for _ in range(3)]
        assert heard == ["Something else", "Something else", "See you tomorrow."]
        fish.hears("Never heard")
        assert fish.queued_transcripts == ("Never heard",)


async def test_the_sdk_cannot_read_voices_with_gaps_though_the_voice_was_made() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        fish.shows_voices(leaving_out=["cover_image", "samples"])
        with pytest.raises(ValidationError):
            await client.voices.create(title="Grandpa", voices=[LOW])
        fish.shows_voices(train_mode="full")
        with pytest.raises(ValidationError):
            await client.voices.list(self_only=True)
        fish.shows_voices()
        assert (await client.voices.list(self_only=True)).total == 1
        with pytest.raises(ValueError, match="never leaves out state"):
            fish.shows_voices(leaving_out=["state"])


async def test_an_array_of_problems_is_more_than_the_sdk_can_read() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        with pytest.raises(AttributeError):
            await client.voices.list(page_size=101)


async def test_a_creation_may_succeed_without_saying_so() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        fish.garbles_creations()
        with pytest.raises(ValueError, match="Unterminated string"):
            await client.voices.create(title="Grandpa", voices=[LOW])
        fish.hangs_up_after("POST", "/model")
        with pytest.raises(httpx.TransportError):
            await client.voices.create(title="Grandpa", voices=[LOW])
        fish.breaks_behind_its_proxy("POST", "/model")
        with pytest.raises(ServerError, match="Bad Gateway"):
            await client.voices.create(title="Grandpa", voices=[LOW])
        assert len(fish.voices) == 2


async def test_an_answer_may_hold_no_sound() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        fish.sends_no_sound()
        assert len(await client.tts.convert(text="Hello")) == 417
        fish.sends_no_sound(body=b"")
        assert await client.tts.convert(text="Hello") == b""
        fish.sends_no_sound(body={"detail": "later"})
        assert await client.tts.convert(text="Hello") == b'{"detail": "later"}'
        assert fish.spoken == []


async def test_a_busy_service_says_when_to_come_back() -> None:
    async with FishAudio.open() as fish, sdk(fish) as client:
        fish.is_busy(times=1, retry_after=1.5)
        with pytest.raises(RateLimitError):
            await client.voices.list()
        await client.voices.list()
        assert [request.status for request in fish.requests] == [429, 200]
