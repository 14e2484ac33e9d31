"""The stand-in's answers are those that the official OpenAPI file describes."""

from datetime import datetime
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.contracts import reference
from tests.contracts.reference import Schema
from tests.sandbox.fish_audio.clients import create, raw, speak


def openapi() -> Schema:
    return reference.openapi("fish-audio")


def assert_described(answer: httpx.Response, path: str) -> None:
    """Check that the file lists the answer's status and body for its method on `path`."""
    described = openapi()["paths"][path][answer.request.method.lower()]["responses"][str(answer.status_code)]
    content = described.get("content")
    if content is None:
        return
    schema = content["application/json"]["schema"] | {"components": openapi()["components"]}
    validator: Any = Draft202012Validator(schema)  # jsonschema types `validate` in part
    validator.validate(answer.json())


@pytest.mark.parametrize("pace", ["at once", "slowly"])
async def test_a_voice_is_described_from_its_creation_on(pace: Any) -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.trains = pace
        created = await create(client, tags=["a"], description="My grandfather")
        assert_described(created, "/model")
        voice_id = created.json()["_id"]
        assert_described(await client.get(f"/model/{voice_id}"), "/model/{id}")
        fish.fails_training("Grandpa")
        assert_described(await client.get(f"/model/{voice_id}"), "/model/{id}")
        assert_described(await client.get("/model?self=true"), "/model")
        assert_described(await client.patch(f"/model/{voice_id}", data={"title": "x"}), "/model/{id}")
        assert_described(await client.delete(f"/model/{voice_id}"), "/model/{id}")


async def test_a_voice_shows_every_field_and_no_other() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        shown = (await create(client)).json()
        described = openapi()["components"]["schemas"]["ModelEntity"]["properties"]
        professional = {name for name in described if name.startswith("pvc_")}
        assert set(shown) == set(described) - professional
        assert datetime.fromisoformat(shown["created_at"]).tzinfo is not None


async def test_what_may_be_left_out_is_what_the_file_does_not_require() -> None:
    required = openapi()["components"]["schemas"]["ModelEntity"]["required"]
    async with FishAudio.open() as fish, raw(fish) as client:
        optional = set((await create(client)).json()) - set(required)
        fish.shows_voices(leaving_out=optional)
        sparse = await client.get("/model?self=true")
        assert_described(sparse, "/model")
        assert set(sparse.json()["items"][0]) == set(required)


async def test_refusals_are_described() -> None:
    async with FishAudio.open() as fish, raw(fish) as client, raw(fish, key="wrong") as stranger:
        theirs = fish.adds_voice("Theirs", mine=False)
        assert_described(await client.get(f"/model/{theirs.id}"), "/model/{id}")
        assert_described(await client.get("/model/none"), "/model/{id}")
        assert_described(await speak(stranger), "/v1/tts")
        assert_described(await stranger.get("/wallet/self/api-credit"), "/wallet/{user_id}/api-credit")
        fish.credit -= fish.credit
        assert_described(await speak(client), "/v1/tts")
        fish.fails("POST", "/v1/tts", status=503)
        assert_described(await speak(client), "/v1/tts")


async def test_transcripts_and_the_wallet_are_described() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        sample = {"audio": sample_wav(seconds=2)}
        assert_described(await client.post("/v1/asr", files=sample), "/v1/asr")
        with_timestamps = await client.post("/v1/asr", files=sample, data={"ignore_timestamps": "false"})
        assert_described(with_timestamps, "/v1/asr")
        assert with_timestamps.json()["segments"][0]["end"] == pytest.approx(2)
        assert_described(await client.get("/wallet/self/api-credit"), "/wallet/{user_id}/api-credit")
