"""Which trainings the bot asks about, how often, and what it makes of the answers."""

import pytest

from bot.models.voices import VoiceState
from bot.services.voices.training_polls import MOST_SINGLY
from sandbox.fish_audio import FishAudio
from tests.services.voices.making import POLL_SECONDS, Workshop
from tests.stories.steps import asked

ONE = "/model/{id}"


def singly(fish: FishAudio) -> int:
    """Return how often a voice was asked about by its id."""
    return len(asked(fish, "GET", template=ONE))


@pytest.fixture(autouse=True)
def slow_trainings(fish: FishAudio) -> None:
    fish.trains = "slowly"


async def test_an_unfinished_training_is_asked_about_once_in_each_interval(fish: FishAudio, workshop: Workshop) -> None:
    await workshop.in_training("Grandpa")
    for looks in range(5):
        await workshop.works(after=POLL_SECONDS - 1)
        assert singly(fish) == looks
        await workshop.works(after=1.1)
        assert singly(fish) == looks + 1
    fish.finishes_training("Grandpa")
    await workshop.works(after=POLL_SECONDS)
    assert await workshop.states() == {"Grandpa": VoiceState.TRAINED}
    assert await workshop.told() == ["trained"]


async def test_a_state_that_nobody_knows_counts_as_training(fish: FishAudio, workshop: Workshop) -> None:
    await workshop.in_training("Grandpa")
    fish.says_state("Grandpa", "being distilled")
    for _ in range(2):
        await workshop.works(after=POLL_SECONDS)
    assert await workshop.states() == {"Grandpa": VoiceState.TRAINING}
    fish.says_state("Grandpa", "trained")
    await workshop.works(after=POLL_SECONDS)
    assert await workshop.states() == {"Grandpa": VoiceState.TRAINED}


async def test_several_trainings_are_polled_by_one_page(fish: FishAudio, workshop: Workshop) -> None:
    names = ("One", "Two", "Three")
    await workshop.in_training(*names)
    for name in names:
        fish.finishes_training(name)
    await workshop.works(after=POLL_SECONDS)
    assert set((await workshop.states()).values()) == {VoiceState.TRAINED}
    [page] = asked(fish, "GET")
    assert page.query == {"self": "true", "page_size": "100", "page_number": "1", "sort_by": "created_at"}
    assert not singly(fish)


async def test_a_training_that_is_nearly_due_is_asked_about_with_the_others(
    fish: FishAudio, workshop: Workshop
) -> None:
    await workshop.in_training("Early")
    await workshop.works(after=40)
    await workshop.in_training("Late")
    fish.finishes_training("Late")
    await workshop.works(after=21)
    assert await workshop.states() == {"Early": VoiceState.TRAINING, "Late": VoiceState.TRAINED}
    assert len(asked(fish, "GET")) == 1
    assert not singly(fish)


@pytest.mark.slow
async def test_few_of_many_missing_trainings_are_asked_about_one_by_one(fish: FishAudio, workshop: Workshop) -> None:
    fish.lists_lag(reads=1000)
    await workshop.in_training(*(f"Voice {number}" for number in range(MOST_SINGLY + 3)))
    await workshop.works(after=POLL_SECONDS)
    assert singly(fish) == MOST_SINGLY


async def test_a_voice_missing_from_the_page_is_polled_by_its_id(fish: FishAudio, workshop: Workshop) -> None:
    fish.lists_lag(reads=100)
    await workshop.in_training("Listed late", "Deleted")
    fish.finishes_training("Listed late")
    fish.removes("Deleted")
    await workshop.works(after=POLL_SECONDS)
    assert await workshop.states() == {"Listed late": VoiceState.TRAINED, "Deleted": VoiceState.TRAINING}
    assert singly(fish) == 2
    await workshop.works(after=POLL_SECONDS)
    assert await workshop.reason("Deleted") == "Fish Audio no longer has this voice.", "it was missing twice"


async def test_a_poll_that_goes_wrong_is_repeated(fish: FishAudio, workshop: Workshop) -> None:
    await workshop.in_training("Grandpa")
    fish.fails("GET", "/model/{id}", status=500)
    fish.breaks_behind_its_proxy("GET", "/model/{id}")
    fish.fails("GET", "/model/{id}", hang_up=True)
    fish.fails("GET", "/model/{id}", status=404, body=b"<html>no such page</html>")
    fish.fails("GET", "/model/{id}", status=404, body=b"404 page not found")  # a proxy's words, not Fish Audio's
    for _ in range(5):
        await workshop.works(after=5 * 60)
        assert await workshop.states() == {"Grandpa": VoiceState.TRAINING}
    assert singly(fish) >= 5
    fish.finishes_training("Grandpa")
    await workshop.works(after=5 * 60)
    assert await workshop.states() == {"Grandpa": VoiceState.TRAINED}


async def test_after_an_hour_without_a_decision_the_time_is_up(fish: FishAudio, workshop: Workshop) -> None:
    await workshop.in_training("Grandpa")
    await workshop.works(after=3600)
    assert await workshop.states() == {"Grandpa": VoiceState.FAILED}
    assert "had not finished it after 60 minutes" in await workshop.reason("Grandpa")
    await workshop.works()
    assert not fish.voices, "nothing of it is left at Fish Audio"
