"""An answer counts only for the voice that it was asked about."""

import json

import pytest

from bot.errors import LooksMissing, Unclear, VoiceGone
from bot.fish_audio.client import FishAudio
from tests.fish_audio.calls import FISH_ID, creates, deletes, reads
from tests.fish_audio.odd_service import Answered, OddService, Reset

OTHER_ID = "f" * 32


def said(content: object, *, status: int = 200) -> Answered:
    return Answered(status, json.dumps(content).encode())


GONE = said({"status": 404, "message": "Model not found", "reason": None}, status=404)


async def test_a_read_that_describes_another_voice_is_unclear(service: OddService, fish_audio: FishAudio) -> None:
    service.answer = said({"_id": OTHER_ID, "state": "trained"})
    with pytest.raises(Unclear):
        await reads(fish_audio)


async def test_a_creation_that_is_answered_with_a_voice_of_another_tag_is_unclear(
    service: OddService, fish_audio: FishAudio
) -> None:
    service.answer = said({"_id": OTHER_ID, "tags": ["mynah-2"]}, status=201)
    with pytest.raises(Unclear):
        await creates(fish_audio)
    service.answer = said({"_id": FISH_ID, "tags": []}, status=201)
    assert (await creates(fish_audio)).fish_id == FISH_ID
    service.answer = said({"_id": OTHER_ID, "title": "Somebody else's", "tags": None}, status=201)
    with pytest.raises(Unclear):
        await creates(fish_audio)


@pytest.mark.parametrize("deletion", [Answered(), Answered(200, b"<html>"), Answered(404), Answered(404, b'"gone"')])
async def test_a_deletion_counts_when_a_read_says_that_the_voice_is_gone(
    service: OddService, fish_audio: FishAudio, deletion: Answered
) -> None:
    service.answers["DELETE"] = deletion
    service.answer = GONE
    await deletes(fish_audio)
    asked = [(request.method, request.path) for request in service.received]
    assert asked == [("DELETE", f"/model/{FISH_ID}"), ("GET", f"/model/{FISH_ID}")]


@pytest.mark.parametrize(
    "read",
    [
        said({"_id": FISH_ID, "state": "trained"}),
        Answered(200, b"<html>"),
        Answered(404, b"<html>404 page not found</html>"),
        Answered(404, b"404 page not found"),
        said({"message": "no Route matched with those values"}, status=404),
        said({"status": 403, "message": "Forbidden"}, status=403),
        Answered(503),
        Reset(),
    ],
    ids=str,
)
async def test_a_deletion_does_not_count_while_a_read_says_anything_else(
    service: OddService, fish_audio: FishAudio, read: Answered | Reset
) -> None:
    service.answers["DELETE"] = Answered()
    service.answer = read
    with pytest.raises(Unclear):
        await deletes(fish_audio)


async def test_a_deletion_that_finds_no_voice_is_not_enough(service: OddService, fish_audio: FishAudio) -> None:
    service.answers["DELETE"] = GONE
    service.answer = said({"_id": FISH_ID, "state": "trained"})
    with pytest.raises(Unclear):
        await deletes(fish_audio)
    service.answer = GONE
    await deletes(fish_audio)


async def test_a_voice_is_somebody_else_s_only_in_fish_audio_s_own_words(
    service: OddService, fish_audio: FishAudio
) -> None:
    service.answer = said({"status": 403, "message": "Forbidden"}, status=403)
    with pytest.raises(VoiceGone):
        await deletes(fish_audio)
    service.answer = Answered(403, b"<html>Attention required</html>")
    with pytest.raises(Unclear):
        await deletes(fish_audio)


async def test_a_voice_is_not_gone_because_a_proxy_says_so(service: OddService, fish_audio: FishAudio) -> None:
    service.answer = said({"message": "no Route matched with those values"}, status=404)
    with pytest.raises(LooksMissing):
        await fish_audio.voice(FISH_ID)
