"""No answer takes more memory than it can need, whatever Fish Audio or a proxy sends."""

import gzip
import json

import pytest

from bot.errors import AnswerTooLong, KeyRefused
from bot.fish_audio.client import FishAudio
from tests.fish_audio.calls import EVERY_CALL, FISH_ID, TEXT, Call, creates, deletes, reads, speaks
from tests.fish_audio.odd_service import Answered, Bomb, Endless, OddService

FRAME = b"\xff\xfb\x90\xc4" + bytes(413)
PACKED = {"Content-Encoding": "gzip"}
VOICE = json.dumps({"_id": FISH_ID, "state": "trained"}).encode()


@pytest.mark.parametrize("call", [call for call in EVERY_CALL if call is not deletes])  # which needs no body
@pytest.mark.parametrize("answer", [Endless(), Bomb(2**24)], ids=["endless", "packed"])
async def test_an_answer_is_not_read_past_what_it_can_need(
    service: OddService, fish_audio: FishAudio, call: Call, answer: Bomb | Endless
) -> None:
    service.answer = answer
    with pytest.raises(AnswerTooLong):
        await call(fish_audio)


async def test_a_failure_is_known_by_its_status_however_long_its_body_is(
    service: OddService, fish_audio: FishAudio
) -> None:
    service.answer = Endless(401)
    with pytest.raises(KeyRefused):
        await speaks(fish_audio)


async def test_a_sound_may_be_as_long_as_its_text_takes_when_it_is_spoken_slowly(
    service: OddService, fish_audio: FishAudio
) -> None:
    longest = 2_000_000 + 12_000 * len(TEXT)
    service.answer = Answered(200, FRAME * (longest // len(FRAME)))
    assert len(await speaks(fish_audio)) > longest - len(FRAME)
    service.answer = Answered(200, FRAME * (longest // len(FRAME) + 1))
    with pytest.raises(AnswerTooLong):
        await speaks(fish_audio)


@pytest.mark.parametrize("call", [creates, reads])
async def test_an_answer_that_is_compressed_unasked_is_decompressed(
    service: OddService, fish_audio: FishAudio, call: Call
) -> None:
    service.answer = Answered(200, gzip.compress(VOICE), PACKED)
    await call(fish_audio)
    assert service.received[0].headers["Accept-Encoding"] == "identity"
