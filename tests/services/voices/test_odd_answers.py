"""An answer of Fish Audio that repeats a voice, describes another one or denies one for a moment ends no voice."""

from typing import Any

from bot.models.voices import VoiceState
from sandbox.fish_audio import FishAudio
from sandbox.fish_audio.voices import Voice
from tests.services.voices.making import ANN, POLL_SECONDS, Workshop
from tests.stories.steps import asked

TRAINED = {"Grandpa": VoiceState.TRAINED}


def described(voice: Voice, **instead: Any) -> dict[str, Any]:
    return {"_id": voice.id, "title": voice.title, "state": voice.state, "tags": voice.tags, **instead}


async def test_a_voice_that_is_found_twice_on_one_page_is_not_deleted_as_its_own_stray(
    fish: FishAudio, workshop: Workshop
) -> None:
    fish.hangs_up_after("POST", "/model")
    await workshop.asks_for("Grandpa")
    await workshop.works()
    item = described(fish.voice("Grandpa"))
    fish.fails("GET", "/model", status=200, body={"total": 2, "items": [item, item]})
    for _ in range(3):
        await workshop.works(after=3)
    assert await workshop.states() == TRAINED
    assert not fish.deleted
    assert not asked(fish, "DELETE")


async def test_a_training_that_is_listed_twice_is_followed(fish: FishAudio, workshop: Workshop) -> None:
    fish.trains = "slowly"
    await workshop.in_training("Grandpa", "Grandma")
    fish.finishes_training("Grandpa")
    fish.finishes_training("Grandma")
    items = [described(fish.voice(name)) for name in ("Grandpa", "Grandpa", "Grandma")]
    fish.fails("GET", "/model", status=200, body={"total": 3, "items": items})
    await workshop.works(after=POLL_SECONDS)
    assert set((await workshop.states()).values()) == {VoiceState.TRAINED}


async def test_a_training_of_which_a_page_says_two_things_is_asked_about_by_its_id(
    fish: FishAudio, workshop: Workshop
) -> None:
    fish.trains = "slowly"
    await workshop.in_training("Grandpa", "Grandma")
    grandpa, grandma = fish.voice("Grandpa"), fish.voice("Grandma")
    items = [described(grandpa, state="failed"), described(grandpa, state="trained"), described(grandma)]
    fish.fails("GET", "/model", status=200, body={"total": 3, "items": items})
    await workshop.works(after=POLL_SECONDS)
    assert set((await workshop.states()).values()) == {VoiceState.TRAINING}
    assert [request.path for request in asked(fish, "GET", template="/model/{id}")] == [f"/model/{grandpa.id}"]


async def test_the_id_of_a_voice_that_is_being_deleted_begins_no_training(fish: FishAudio, workshop: Workshop) -> None:
    fish.fails_next_training()
    fish.fails("DELETE", "/model/{id}", status=503, times=100)
    voice = await workshop.asks_for("Grandpa")
    for _ in range(2):
        await workshop.works(after=POLL_SECONDS)
    assert await workshop.states() == {"Grandpa": VoiceState.FAILED}
    failed = fish.voice("Grandpa")
    await workshop.services.training.retry(voice.id, ANN.id)
    # Fish Audio makes a second voice, and answers with the id of the first.
    body = described(failed, state="trained", tags=[])
    fish.fails("POST", "/model", status=201, body=body, after_work=True)
    for _ in range(5):
        await workshop.works(after=3)
    assert await workshop.states() == TRAINED
    assert [voice.id for voice in fish.voices if voice.id != failed.id] == [await workshop.fish_id("Grandpa")]


async def test_a_voice_that_fish_audio_denies_for_a_moment_is_trained_in_the_end(
    fish: FishAudio, workshop: Workshop
) -> None:
    fish.trains = "slowly"
    await workshop.in_training("Grandpa")
    no_such_voice = {"status": 404, "message": "Model not found", "reason": None}
    fish.fails("GET", "/model/{id}", status=404, body=no_such_voice)
    fish.finishes_training("Grandpa")
    for _ in range(2):
        await workshop.works(after=POLL_SECONDS)
    assert await workshop.states() == TRAINED
