"""The rules of `/v1/tts`, `/v1/asr` and the wallet, and the audio that comes back."""

import asyncio
from decimal import Decimal
from io import BytesIO
from typing import Any

import av
import httpx
import ormsgpack
import pytest

from sandbox.fish_audio import FishAudio
from sandbox.fish_audio.speech.mpeg import SILENT_FRAME, frames
from sandbox.sound import Sound, pitch_of
from sandbox.speech import sample_wav
from tests.sandbox.fish_audio.clients import create, raw, speak

PACKED = {"Content-Type": "application/msgpack"}


@pytest.mark.parametrize(
    "order",
    [
        {"text": ""},
        {"text": " \n"},
        {"text": 7},
        {"text": None},
        {"format": "flac"},
        {"format": "mp3", "sample_rate": 22_050},
        {"format": "mp3", "sample_rate": 48_000},
        {"format": "wav", "sample_rate": 48_000},
        {"format": "opus", "sample_rate": 44_100},
        {"mp3_bitrate": 96},
        {"format": "opus", "opus_bitrate": 32},
        {"latency": "slow"},
        {"chunk_length": 99},
        {"chunk_length": 301},
        {"chunk_length": None},
        {"min_chunk_length": 101},
        {"normalize": "yes"},
        {"temperature": 1.01},
        {"temperature": float("nan")},
        {"top_p": -0.1},
        {"early_stop_threshold": 2},
        {"max_new_tokens": 1.5},
        {"prosody": {"speed": 0.49}},
        {"prosody": {"speed": 2.01}},
        {"prosody": {"volume": 20.5}},
        {"prosody": {"volume": -21}},
        {"prosody": "fast"},
        {"features": "quality-guard", "repetition_penalty": "high"},
        {"references": [{"audio": "text instead of bytes", "text": "hello"}]},
        {"references": [{"audio": b"no sound", "text": "hello"}]},
        {"references": [{"audio": sample_wav(seconds=4)}]},
        {"references": [{"audio": sample_wav(seconds=4), "text": " "}]},
        {"references": [{"audio": sample_wav(seconds=30.5), "text": "hello"}]},
        {"reference_id": "0" * 32},
    ],
)
async def test_undocumented_options_of_speech_are_refused(order: dict[str, Any]) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        refused = await speak(client, **order)
        assert (refused.status_code, refused.json()["status"]) == (400, 400)
        assert (fish.spoken, fish.credit) == ([], Decimal(10))


async def test_an_opus_bitrate_is_ignored_for_other_formats() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        assert (await speak(client, format="mp3", opus_bitrate=32)).status_code == 200


@pytest.mark.parametrize("trouble", ["private", "untrained", "failed", "taken down", "deleted"])
async def test_a_voice_that_cannot_speak_is_a_reference_not_found(trouble: str) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        voice = fish.adds_voice("Grandpa", mine=trouble != "private")
        match trouble:
            case "untrained":
                fish.says_state("Grandpa", "training")
            case "failed":
                fish.says_state("Grandpa", "failed")
            case "taken down":
                fish.takes_down("Grandpa")
            case "deleted":
                fish.removes("Grandpa")
            case _:
                assert voice.visibility == "private"
        refused = await speak(client, reference_id=voice.id)
        assert (refused.status_code, refused.json()["message"]) == (400, "Reference not found")


async def test_an_mp3_is_bare_frames_of_the_rate_and_bitrate_asked_for() -> None:
    text = "This sentence is long enough for the bitrate to be measured with some care."
    async with FishAudio.open() as fish, raw(fish) as client:
        for bitrate in (64, 128, 192):
            audio = (await speak(client, text=text, mp3_bitrate=bitrate)).content
            assert b"".join(frames(audio)) == audio
            sound = Sound.decode(audio)
            assert len(audio) * 8 / sound.seconds == pytest.approx(1000 * bitrate, rel=0.03)
        with av.open(BytesIO((await speak(client, sample_rate=32_000)).content)) as container:
            assert (container.streams.audio[0].rate, container.streams.audio[0].channels) == (32_000, 1)


async def test_other_formats_have_the_headers_of_their_kind() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        wav = (await speak(client, format="wav", sample_rate=16_000)).content
        assert (wav[:4], wav[4:8], wav[40:44]) == (b"RIFF", b"\x24\xff\xff\xff", b"\x00\xff\xff\xff")
        pcm = (await speak(client, format="pcm", sample_rate=16_000)).content
        opus = await speak(client, format="opus", opus_bitrate=24_000)
        assert (opus.content[:4], opus.headers["Content-Type"]) == (b"OggS", "audio/ogg")
        lengths = [Sound.decode(wav).seconds, len(pcm) / 32_000, Sound.decode(opus.content).seconds]
        assert lengths == pytest.approx([lengths[0]] * 3, abs=0.05)


async def test_speech_comes_in_chunks_of_a_length_nobody_knew() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        answer = await speak(client)
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in answer.headers
        assert answer.headers["Content-Type"] == "audio/mpeg"


async def test_json_speaks_as_msgpack_does() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        answer = await client.post("/v1/tts", json={"text": "Hello there"}, headers={"model": "s1"})
        assert fish.made(answer.content, text="Hello there")
        assert (await client.post("/v1/tts", data={"text": "Hello"})).status_code == 400
        surrogate = b'{"text": "\\ud800"}'
        headers = {"Content-Type": "application/json"}
        assert (await client.post("/v1/tts", content=surrogate, headers=headers)).status_code == 400


async def test_equal_requests_sound_equal_and_each_is_charged() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        first, second = await speak(client, text="Hello"), await speak(client, text="Hello")
        assert first.content == second.content
        assert fish.credit == 10 - 10 * Decimal("0.000015")
        assert [spoken.engine for spoken in fish.spoken] == ["s2-pro", "s2-pro"]


async def test_marks_and_cues_steer_instead_of_being_spoken() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        plain = await speak(client, text="Good evening")
        steered = await speak(client, text="[whispering] Good <|phoneme_start|>evening")
        literal = await speak(client, text="[whispering] Good evening", headers={"model": "s1"})
        round_ones = await speak(client, text="(happy) Good evening", headers={"model": "s1"})
        answers = (plain, steered, round_ones, literal)
        seconds = [Sound.decode(answer.content).seconds for answer in answers]
        assert seconds[1:3] == pytest.approx([seconds[0]] * 2, abs=0.15)
        assert seconds[3] > seconds[0] + 0.3
        assert Sound.decode((await speak(client, text="(happy) Good evening")).content).seconds > seconds[0] + 0.2
        assert (await speak(client, text="[whispering]")).content == SILENT_FRAME


async def test_two_speakers_take_turns() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        low, high = fish.adds_voice("Low"), fish.adds_voice("High")
        low.pitch, high.pitch = 90, 230
        order: dict[str, Any] = {"reference_id": [low.id, high.id]}
        order["text"] = "<|speaker:1|>I am the one and only high voice."
        assert pitch_of((await speak(client, **order)).content) == pytest.approx(230, rel=0.1)
        assert (await speak(client, **order, headers={"model": "s1"})).status_code == 400
        order["text"] = "<|speaker:2|>Me?"
        assert (await speak(client, **order)).status_code == 400
        assert fish.spoken[0].titles == ("Low", "High")


async def test_a_recording_sent_along_is_imitated_and_needs_msgpack() -> None:
    references = [{"audio": sample_wav(pitch=220, seconds=4), "text": "When the sunlight"}]
    async with FishAudio.open() as fish, raw(fish) as client:
        audio = (await speak(client, text="Who am I, do you think?", references=references)).content
        assert pitch_of(audio) == pytest.approx(220, rel=0.1)
        [imitated] = fish.spoken[0].references
        assert (imitated.text, imitated.audio) == ("When the sunlight", references[0]["audio"])
        order = {"text": "Hello", "references": [{"audio": "UklGRg==", "text": "When"}]}
        assert (await client.post("/v1/tts", json=order)).status_code == 400


async def test_an_unknown_engine_costs_and_is_a_surprise() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        await speak(client, headers={"model": "s2.1-pro-fre"})
        assert fish.spoken[0].engine == "s2.1-pro"
        assert fish.credit < 10
        [surprise] = fish.surprises
        assert "'s2.1-pro-fre' is no engine" in surprise


async def test_without_credit_nothing_but_the_free_engine_speaks() -> None:
    async with FishAudio.open(credit=Decimal(0)) as fish, raw(fish) as client:
        refused = await speak(client)
        assert (refused.status_code, refused.json()["status"]) == (402, 402)
        assert (await speak(client, headers={"model": "s2.1-pro-free"})).status_code == 200
        assert (await create(client)).status_code == 201, "voices cost nothing"


async def test_more_requests_at_once_than_the_account_may_are_refused() -> None:
    async with FishAudio.open(concurrency=2) as fish, raw(fish) as client:
        fish.account.retry_after = 3
        held = fish.holds("POST", "/v1/tts", times=2)
        waiting = [asyncio.create_task(speak(client, text=text)) for text in ("one", "two")]
        await fish.until(lambda: fish.account.in_flight == 2)
        refused = await client.get("/model?self=true")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
        held.release()
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]
        assert (fish.most_at_once, fish.account.in_flight) == (3, 0)


async def test_a_closed_connection_frees_its_slot_when_the_work_is_done() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        held = fish.holds("POST", "/v1/tts")
        leaving = asyncio.create_task(speak(client))
        await held.arrived()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        held.release()
        await fish.until(lambda: fish.account.in_flight == 0)
        assert len(fish.spoken) == 1, "the service did the work and charged it"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"audio": "text"},
        {"audio": b"no sound"},
        {"audio": sample_wav(seconds=0.9)},
        {"audio": bytes(20_000_001)},
        {"audio": sample_wav(seconds=3), "ignore_timestamps": "no"},
    ],
)
async def test_what_cannot_be_written_down_is_refused(body: dict[str, object]) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        refused = await client.post("/v1/asr", content=ormsgpack.packb(body), headers=PACKED)
        assert refused.status_code == 400
        assert fish.credit == 10


async def test_an_unknown_recording_always_gets_the_same_transcript() -> None:
    stranger = sample_wav(seconds=4)[:-4]
    async with FishAudio.open() as fish, raw(fish) as client:
        answers = [await client.post("/v1/asr", files={"audio": stranger}) for _ in range(2)]
        assert [answer.json()["text"] for answer in answers] == ["A recording of 4 seconds."] * 2
        assert answers[0].json()["segments"] == []
        assert fish.credit == 10 - 2 * 4 * Decimal("0.36") / 3600
        assert (await client.post("/v1/asr", json={"audio": "x"})).status_code == 400


async def test_the_wallet_shows_decimal_text_to_its_owner() -> None:
    async with FishAudio.open(credit=Decimal("1.50")) as fish, raw(fish) as client:
        wallet: httpx.Response = await client.get("/wallet/self/api-credit?check_free_credit=true")
        assert (wallet.json()["credit"], wallet.json()["has_free_credit"]) == ("1.50", False)
        assert (await client.get("/wallet/somebody/api-credit")).status_code == 403


async def test_speech_can_be_ready_made() -> None:
    asked: list[str] = []

    async def sound(text: str) -> bytes:
        asked.append(text)
        return b"a sound"

    async with FishAudio.open() as fish, raw(fish) as client:
        fish.speaks_ready_made(sound)
        assert (await speak(client, text="Hello")).content == b"a sound"
        assert asked == ["Hello"]
        assert [spoken.text for spoken in fish.spoken] == ["Hello"]
        assert (await speak(client, text="")).status_code == 400
