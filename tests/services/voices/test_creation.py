"""Whatever Fish Audio answers to a sample, it has one voice in the end. The stories tell what the owner sees of it."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.models.voices import VoiceState
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from tests.services.voices.making import Workshop
from tests.stories.steps import asked

Trouble = Callable[[FishAudio], object]

QUEUED = {"Grandpa": VoiceState.QUEUED}
TRAINED = {"Grandpa": VoiceState.TRAINED}

DONE_ALL_THE_SAME: dict[str, Trouble] = {
    "500": lambda fish: fish.fails("POST", "/model", status=500, after_work=True),
    "hang-up": lambda fish: fish.hangs_up_after("POST", "/model"),
    "garbled": lambda fish: fish.garbles_creations(),
    "no id": lambda fish: fish.fails("POST", "/model", status=201, body={"state": "trained"}, after_work=True),
}
NOT_DONE: dict[str, Trouble] = {
    "503": lambda fish: fish.fails("POST", "/model", status=503),
    "proxy": lambda fish: fish.breaks_behind_its_proxy("POST", "/model"),
    "hang-up": lambda fish: fish.fails("POST", "/model", hang_up=True),
}
REFUSALS: dict[str, tuple[int, Any]] = {
    "400": (400, {"status": 400, "message": "Too noisy to learn from"}),
    "413": (413, "Too noisy to learn from"),
    "422": (422, [{"loc": ["body", "voices"], "type": "value_error", "msg": "Too noisy to learn from"}]),
}


def searches(fish: FishAudio) -> list[Request]:
    """Return the searches for a tag."""
    return [request for request in asked(fish, "GET") if "tag" in request.query]


def tag_of(request: Request) -> bytes:
    [tag] = [part.data for part in request.body.parts if part.name == "tags"]
    return tag


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "texts"), [(1, ["Said in it"]), (3, [])])
async def test_a_transcript_is_sent_with_one_clip_and_never_with_several(
    clips: int, texts: list[str], workshop: Workshop, fish: FishAudio
) -> None:
    await workshop.asks_for("Grandpa", clips=clips, transcript="Said in it")
    await workshop.works()
    voice = fish.voice("Grandpa")
    assert [file.name for file in voice.files] == [f"{number}.wav" for number in range(clips)]
    assert voice.texts == texts, "Fish Audio wants one for each file, or none"


@pytest.mark.parametrize("trouble", DONE_ALL_THE_SAME.values(), ids=DONE_ALL_THE_SAME)
async def test_a_creation_whose_answer_was_lost_is_found_by_its_tag(
    trouble: Trouble, fish: FishAudio, workshop: Workshop
) -> None:
    trouble(fish)
    await workshop.asks_for("Grandpa")
    await workshop.works()
    assert await workshop.states() == QUEUED
    await workshop.works(after=3)
    assert await workshop.states() == TRAINED
    assert len(asked(fish, "POST")) == len(fish.voices) == 1
    assert searches(fish)[0].query["tag"] == fish.voice("Grandpa").tags[0]
    assert await workshop.told() == ["trained"]


@pytest.mark.parametrize("trouble", NOT_DONE.values(), ids=NOT_DONE)
async def test_a_creation_that_failed_is_repeated_when_no_voice_is_found(
    trouble: Trouble, fish: FishAudio, workshop: Workshop
) -> None:
    trouble(fish)
    await workshop.asks_for("Grandpa")
    for after in (0, 3, 3):
        await workshop.works(after=after)
    assert searches(fish)
    assert len(asked(fish, "POST")) == 1
    assert await workshop.states() == QUEUED

    await workshop.works(after=10)
    assert await workshop.states() == TRAINED
    first, second = asked(fish, "POST")
    assert len(fish.voices) == 1
    assert tag_of(first) != tag_of(second)


async def test_a_voice_that_lists_show_late_is_waited_for(fish: FishAudio, workshop: Workshop) -> None:
    fish.lists_lag(reads=3)
    fish.hangs_up_after("POST", "/model")
    await workshop.asks_for("Grandpa")
    await workshop.works()
    for looks in (1, 2, 3):
        await workshop.works(after=3.1)
        assert len(searches(fish)) == looks
        assert await workshop.states() == QUEUED
    await workshop.works(after=3.1)
    assert await workshop.states() == TRAINED
    assert len(asked(fish, "POST")) == 1


async def test_a_voice_that_is_found_after_a_second_attempt_is_deleted(fish: FishAudio, workshop: Workshop) -> None:
    fish.lists_lag(reads=4)
    fish.hangs_up_after("POST", "/model")
    await workshop.asks_for("Grandpa")
    await workshop.works()
    await workshop.works(after=11)
    assert len(asked(fish, "POST")) == 2
    for _ in range(20):
        await workshop.works(after=6)
    first, second = asked(fish, "POST")
    assert [voice.tags for voice in fish.deleted] == [[tag_of(first).decode()]]
    assert [voice.tags for voice in fish.voices] == [[tag_of(second).decode()]]
    assert await workshop.told() == ["trained"]


async def test_an_overloaded_service_is_left_alone_for_as_long_as_it_asks(fish: FishAudio, workshop: Workshop) -> None:
    fish.fails("POST", "/model", status=503, headers={"Retry-After": "60"})
    await workshop.asks_for("Grandpa")
    for after in (0, 3, 30, 25):
        await workshop.works(after=after)
    assert searches(fish)
    assert len(asked(fish, "POST")) == 1
    await workshop.works(after=5)
    assert await workshop.states() == TRAINED


async def test_a_busy_service_is_asked_again_when_it_says_so(fish: FishAudio, workshop: Workshop) -> None:
    fish.fails("POST", "/model", status=429, headers={"Retry-After": "40"})
    await workshop.asks_for("Grandpa")
    for after in (0, 20, 19):
        await workshop.works(after=after)
    assert len(asked(fish, "POST")) == 1
    await workshop.works(after=2)
    assert await workshop.states() == TRAINED
    assert not searches(fish)  # a 429 leaves nothing to look for


@pytest.mark.parametrize(("status", "body"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refused_sample_is_explained_and_not_sent_again(
    status: int, body: object, fish: FishAudio, workshop: Workshop
) -> None:
    fish.fails("POST", "/model", status=status, body=body)
    await workshop.asks_for("Grandpa")
    for _ in range(3):
        await workshop.works(after=60)
    assert await workshop.states() == {"Grandpa": VoiceState.FAILED}
    assert await workshop.reason("Grandpa") == "Fish Audio refused the sample: Too noisy to learn from."
    assert len(asked(fish, "POST")) == 1
    assert await workshop.told() == ["failed"]


async def test_no_more_are_uploaded_at_once_than_there_is_room_for(fish: FishAudio, workshop: Workshop) -> None:
    for name in ("One", "Two", "Three"):
        await workshop.asks_for(name)
    upload = fish.holds("POST", "/model")
    await workshop.services.creation.turn()
    await upload.arrived()
    assert await workshop.services.creation.next_due() is None, "nothing is due while there is no room"
    assert len(asked(fish, "POST")) <= 2
    upload.release()
    await workshop.works()
    await workshop.works()
    assert set((await workshop.states()).values()) == {VoiceState.TRAINED}
