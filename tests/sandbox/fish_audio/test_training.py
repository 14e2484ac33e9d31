"""A training ends at once, after reads, after seconds, when the test says so, badly, or never."""

import httpx

from sandbox.fish_audio import FishAudio
from tests.sandbox.fish_audio.clients import create, raw


async def state(client: httpx.AsyncClient, voice_id: str) -> str:
    return (await client.get(f"/model/{voice_id}")).json()["state"]


async def test_a_voice_is_trained_at_once_by_default() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        assert (await create(client)).json()["state"] == "trained"
        assert fish.trains == "at once"


async def test_a_slow_training_ends_when_the_test_says_so() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.trains = "slowly"
        created = (await create(client)).json()
        assert created["state"] == "created"
        assert [await state(client, created["_id"]) for _ in range(3)] == ["training"] * 3
        fish.finishes_training("Grandpa")
        assert await state(client, created["_id"]) == "trained"


async def test_a_training_ends_after_so_many_reads_of_either_kind() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.trains_after(reads=3)
        voice_id = (await create(client)).json()["_id"]
        assert await state(client, voice_id) == "training"
        [item] = (await client.get("/model?self=true")).json()["items"]
        assert item["state"] == "training"
        assert await state(client, voice_id) == "trained"


async def test_a_training_ends_after_so_many_seconds() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.trains_in(seconds=0.01)
        await create(client)
        await fish.until(lambda: fish.voice("Grandpa").state == "trained")


async def test_a_failure_says_why() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.trains = "slowly"
        voice_id = (await create(client)).json()["_id"]
        fish.fails_training("Grandpa", reason="Too much music")
        failed = (await client.get(f"/model/{voice_id}")).json()
        [audio] = failed["quality"]["audios"]
        assert (failed["state"], audio["quality_passed"]) == ("failed", False)
        assert (audio["filename"], audio["quality_reason"]) == ("grandpa.wav", "Too much music")


async def test_the_outcome_of_a_training_can_be_chosen_before_its_voice_exists() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.fails_training("Grandpa")
        created = (await create(client)).json()
        assert created["state"] == "created"
        assert await state(client, created["_id"]) == "failed"
        assert (await create(client)).json()["state"] == "trained"


async def test_a_stuck_training_goes_on_for_ever() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.gets_stuck()
        stuck = (await create(client)).json()["_id"]
        assert [await state(client, stuck) for _ in range(3)] == ["training"] * 3
        assert (await create(client, "Ann")).json()["state"] == "trained"


async def test_an_unknown_state_can_be_shown() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        fish.trains = "slowly"
        voice_id = (await create(client)).json()["_id"]
        fish.says_state("Grandpa", "paused")
        assert await state(client, voice_id) == "paused"
        fish.finishes_training("Grandpa")
        assert await state(client, voice_id) == "trained"


async def test_a_voice_can_be_taken_down_or_removed() -> None:
    async with FishAudio.open() as fish, raw(fish) as client:
        voice_id = (await create(client)).json()["_id"]
        fish.takes_down("Grandpa")
        assert (await client.get(f"/model/{voice_id}")).json()["dmca_taken_down"] is True
        fish.removes("Grandpa")
        assert (await client.get(f"/model/{voice_id}")).status_code == 404
