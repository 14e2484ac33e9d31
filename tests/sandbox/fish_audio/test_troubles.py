"""A test can hold requests, make them fail, read the log, wait, and stop the stand-in in the middle of work."""

import asyncio

import httpx
import pytest

from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from sandbox.fish_audio.speech.mpeg import SILENT_FRAME, frames
from tests.sandbox.fish_audio.clients import create, raw, speak


async def test_an_upload_can_be_held_before_the_voice_exists_and_after() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        before, after = fish.holds("POST", "/model"), fish.holds("POST", "/model", after_work=True)
        creating = asyncio.create_task(create(client))
        await before.arrived()
        assert fish.voices == []
        before.release()
        await after.arrived()
        assert [voice.title for voice in fish.voices] == ["Grandpa"]
        after.release()
        assert (await creating).status_code == 201


async def test_speech_can_be_lost_after_it_was_made_and_charged() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.hangs_up_after("POST", "/v1/tts")
        with pytest.raises(httpx.TransportError):
            await speak(client)
        assert (len(fish.spoken), fish.credit < 10) == (1, True)


async def test_the_log_and_its_listeners_see_refused_requests_too() -> None:
    async with FishAudio.open() as fish, raw(fish, key="wrong") as stranger, raw(fish) as client:
        seen: list[Request] = []
        unsubscribe = fish.subscribe(seen.append)
        await stranger.get("/model?self=true")
        await create(client)
        unsubscribe()
        await client.get("/model")
        assert [(entry.method, entry.route_template, entry.status) for entry in seen] == [
            ("GET", "/model", 401),
            ("POST", "/model", 201),
        ]
        assert [name for name, _ in seen[1].files] == ["grandpa.wav"]
        assert len(fish.requests) == 3


async def test_waiting_ends_with_the_change_or_with_the_time() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        waiting = asyncio.create_task(fish.until(lambda: fish.voices))
        await create(client)
        await waiting
        with pytest.raises(TimeoutError):
            await fish.until(lambda: len(fish.voices) == 2, within=0.01)


async def test_stopping_releases_held_requests() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        held = fish.holds("GET", "/model")
        asking = asyncio.create_task(client.get("/model"))
        await held.arrived()
    await asyncio.gather(asking, return_exceptions=True)
    assert asking.done()


async def test_several_can_run_beside_each_other_and_on_a_given_port() -> None:
    async with FishAudio.open() as one, FishAudio.open(key="other") as other:
        assert one.url != other.url
        async with raw(other) as client:
            await create(client)
        assert (len(one.voices), len(other.voices)) == (0, 1)
        port = httpx.URL(other.url).port
    async with FishAudio.open(port=port or 0) as again:
        assert httpx.URL(again.url).port == port


def test_frames_are_found_behind_tags_and_before_them() -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    assert frames(tag + 2 * SILENT_FRAME + b"TAG" + bytes(125)) == [SILENT_FRAME] * 2
    index = SILENT_FRAME[:36] + b"Info" + SILENT_FRAME[40:]
    assert frames(index + SILENT_FRAME) == [SILENT_FRAME]
    assert frames(b"") == frames(b"ID3") == frames(b"{}") == frames(b"\xff\xff\xff\xff") == []
