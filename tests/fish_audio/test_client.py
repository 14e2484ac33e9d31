"""The client handles Fish Audio's answers over real sockets, down to the oddest bodies on record."""

import asyncio
import json
import socket
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.errors import (
    Busy,
    CreditUsedUp,
    FishAudioError,
    KeyRefused,
    NoSound,
    NotReached,
    Refused,
    Unclear,
    VoiceGone,
)
from bot.fish_audio.client import Deadlines, FishAudio, open_fish_audio
from bot.fish_audio.fair_gate import Askers
from tests.fish_audio.calls import EVERY_CALL, FISH_ID, TEXT, Call, creates, deletes, hears, lists, reads, speaks
from tests.fish_audio.odd_service import KEY, Answered, OddService, Reset, Silence, fish_audio_at

MP3 = b"\xff\xfb\x90\xc4" + bytes(2000)


def entity(**changes: object) -> dict[str, object]:
    return {"_id": FISH_ID, "state": "trained", "title": "Ann", "tags": ["mynah-1"]} | changes


def said(content: object, *, status: int = 200) -> Answered:
    return Answered(status, json.dumps(content).encode(), {"Content-Type": "application/json"})


def page(*items: object) -> Answered:
    return said({"total": len(items), "items": items})


NEARLY_EVERY_STATUS: list[tuple[Answered, type[FishAudioError]]] = [
    (said({"message": "Invalid Token", "status": 401}, status=401), KeyRefused),
    (Answered(401, b"No permission -- see authorization schemes"), KeyRefused),
    (Answered(403, b"No permission -- see authorization schemes"), KeyRefused),
    (said({"status": 402, "message": "Insufficient API credit."}, status=402), CreditUsedUp),
    (said({"status": 402, "message": "Invalid api key or insufficient balance"}, status=402), CreditUsedUp),
    (said({"status": 400, "message": "Insufficient API credit."}, status=400), CreditUsedUp),
    (said({"status": 400, "message": "Insufficient speech in the sample"}, status=400), Refused),
    (said({"message": "Too many requests"}, status=429), Busy),
    (said([{"loc": ["body", "title"], "type": "missing", "msg": "Field required"}], status=422), Refused),
    (said("bad", status=400), Refused),
    (said(None, status=400), Refused),
    (Answered(413, b"<html><title>413 Request Entity Too Large</title></html>"), Refused),
    (Answered(415), Refused),
    (Answered(400, b"\xff\xfe\x00"), Refused),
    (Answered(403, b"<html>Attention required</html>"), Unclear),
    (Answered(403, b"error code: 1020"), Unclear),
    (Answered(403, b"blocked"), Unclear),
    (Answered(403), Unclear),
    (Answered(400, b"<html><title>400 Bad Request</title></html>"), Unclear),
    (Answered(401, b"<html>Sign in to the network</html>"), Unclear),
    (Answered(402, b"<html>Upgrade your plan</html>"), Unclear),
    (Answered(409, b" error code: 1001\n"), Unclear),
    (Answered(429, b"error code: 1015"), Busy),
    (Answered(404, b"<html>404 page not found</html>"), Unclear),
    (Answered(408), Unclear),
    (Answered(302, headers={"Location": "http://127.0.0.1:1/"}), Unclear),
    (said({"status": 503, "message": "overloaded", "reason": ""}, status=503), Unclear),
    (Answered(500, b"<html>", {"Content-Type": "text/html"}), Unclear),
    (Answered(500, b"not gzip", {"Content-Encoding": "gzip"}), Unclear),
    (Answered(502, b"half", cut=True), Unclear),
    (Answered(599), Unclear),
]


@pytest.mark.parametrize(("answer", "meaning"), NEARLY_EVERY_STATUS, ids=str)
async def test_an_answer_without_success_means_the_same_to_every_call(
    service: OddService, fish_audio: FishAudio, answer: Answered, meaning: type[FishAudioError]
) -> None:
    service.answer = answer
    for call in EVERY_CALL:
        before = len(service.received)
        with pytest.raises(meaning) as trouble:
            await call(fish_audio)
        assert type(trouble.value) is meaning
        doubted = call is reads and answer.status == 404 and answer.body[:1] not in {b"{", b"<"}
        confirmed = call is deletes and answer.status == 404
        assert len(service.received) == before + (2 if doubted or confirmed else 1), "nothing else is tried twice here"


@pytest.mark.parametrize("call", EVERY_CALL)
async def test_a_connection_that_breaks_after_the_request_leaves_it_unclear(
    service: OddService, fish_audio: FishAudio, call: Call
) -> None:
    service.answer = Reset()
    with pytest.raises(Unclear):
        await call(fish_audio)


@pytest.mark.parametrize("call", EVERY_CALL)
async def test_a_request_that_was_never_sent_differs_from_one_that_may_have_been_carried_out(call: Call) -> None:
    with socket.socket() as bound_and_deaf:
        bound_and_deaf.bind(("127.0.0.1", 0))
        async with fish_audio_at(f"http://127.0.0.1:{bound_and_deaf.getsockname()[1]}") as fish_audio:
            with pytest.raises(NotReached):
                await call(fish_audio)


@pytest.mark.parametrize("url", ["http://name.invalid", "https://127.0.0.1:9", "gopher://127.0.0.1"])
async def test_a_wrong_address_is_not_reached(url: str) -> None:
    async with fish_audio_at(url) as fish_audio:
        with pytest.raises(NotReached):
            await fish_audio.check_key()


@pytest.mark.parametrize("call", EVERY_CALL)
async def test_a_service_that_never_answers_is_given_up_at_the_deadline(service: OddService, call: Call) -> None:
    service.answer = Silence()
    deadlines = Deadlines(creating=0.2, speaking=0.2, hearing=0.2, reading=0.2)
    async with fish_audio_at(service.url, concurrency=1, deadlines=deadlines) as fish_audio:
        for _ in range(2):  # the second time shows that the first gave its slot and its connection back
            with pytest.raises(Unclear):
                await call(fish_audio)


@pytest.mark.parametrize("call", [creates, speaks, hears, reads, lists])
@pytest.mark.parametrize(
    "answer",
    [
        Answered(200, b'{"_id": "0123', cut=True),
        Answered(200, b"{}", {"Content-Encoding": "gzip"}),
    ],
    ids=str,
)
async def test_a_success_that_breaks_off_is_unclear(
    service: OddService, fish_audio: FishAudio, call: Call, answer: Answered
) -> None:
    service.answer = answer
    with pytest.raises(Unclear):
        await call(fish_audio)


async def test_only_voices_that_carry_the_tag_are_found_by_it(service: OddService, fish_audio: FishAudio) -> None:
    service.answer = page(entity(tags=["Mynah-1", "en"]), entity(_id="b" * 32, tags=["mynah-12"]))
    assert [voice.fish_id for voice in await fish_audio.voices_tagged("mynah-1")] == [FISH_ID]


async def test_an_unreadable_voice_under_a_tag_is_unclear(service: OddService, fish_audio: FishAudio) -> None:
    service.answer = page({"state": "trained"})
    with pytest.raises(Unclear):
        await fish_audio.voices_tagged("mynah-1")


@pytest.mark.parametrize("call", [reads, deletes])
async def test_a_voice_of_somebody_else_is_gone(service: OddService, fish_audio: FishAudio, call: Call) -> None:
    service.answer = said({"status": 403, "message": "Forbidden"}, status=403)
    with pytest.raises(VoiceGone):
        await call(fish_audio)


async def test_a_missing_voice_is_gone_when_read_and_done_when_deleted(
    service: OddService, fish_audio: FishAudio
) -> None:
    service.answer = said({"status": 404, "message": "Not Found"}, status=404)
    with pytest.raises(VoiceGone):
        await fish_audio.voice(FISH_ID)
    await fish_audio.delete_voice(FISH_ID)


@pytest.mark.parametrize("call", [creates, speaks, lists])
async def test_a_403_about_no_particular_voice_is_a_refusal(
    service: OddService, fish_audio: FishAudio, call: Call
) -> None:
    service.answer = said({"status": 403, "message": "Forbidden"}, status=403)
    with pytest.raises(Refused, match="403: Forbidden"):
        await call(fish_audio)


@pytest.mark.parametrize("hostile", ["", "../wallet/self", "a/b", "a?self=true", "a b", "ä", "a" * 65])
async def test_an_id_that_would_reach_another_endpoint_is_never_sent(
    service: OddService, fish_audio: FishAudio, hostile: str
) -> None:
    with pytest.raises(VoiceGone):
        await fish_audio.voice(hostile)
    await fish_audio.delete_voice(hostile)
    assert service.received == []


async def test_sound_is_handed_over_as_it_came(service: OddService, fish_audio: FishAudio) -> None:
    service.answer = Answered(200, MP3, {"Content-Type": "text/plain"})
    assert await speaks(fish_audio) == MP3


@pytest.mark.parametrize("body", [b"", b" \n", b'{"status":402}', b"[]", b'"ok"', b"<!doctype html>", b"\n <html>"])
async def test_json_instead_of_sound_is_an_error(service: OddService, fish_audio: FishAudio, body: bytes) -> None:
    service.answer = Answered(200, body, {"Content-Type": "audio/mpeg"})
    with pytest.raises(NoSound):
        await speaks(fish_audio)


@pytest.mark.parametrize(("text", "speed"), [("a lone \ud800 surrogate", 1.0), (TEXT, 9.0), (TEXT, float("nan"))])
async def test_what_cannot_be_put_into_a_request_is_refused(
    service: OddService, fish_audio: FishAudio, text: str, speed: float
) -> None:
    with pytest.raises(Refused):
        await fish_audio.speak(text, voice=FISH_ID, speed=speed, volume=0, askers=Askers(7))
    assert service.received == []


@pytest.mark.parametrize("key", ["", "two words", "key\n", "schlüssel"])
async def test_a_key_that_cannot_be_one_is_refused_at_once_and_not_repeated(key: str) -> None:
    with pytest.raises(KeyRefused) as trouble:
        async with open_fish_audio(api_key=key, api_url="http://127.0.0.1:9", model="s2-pro", concurrency=1):
            pytest.fail("opened")
    assert not key or key not in str(trouble.value)


@pytest.mark.parametrize(
    "answer",
    [
        Reset(),
        Answered(500, b"\xff"),
        Answered(422, b"[1]"),
        Answered(200, b""),
        Answered(200, b"x", cut=True),
    ],
    ids=str,
)
async def test_neither_key_nor_text_gets_into_an_exception(
    service: OddService, fish_audio: FishAudio, answer: Answered | Reset
) -> None:
    service.answer = answer
    with pytest.raises(FishAudioError) as trouble:
        await speaks(fish_audio)
    assert trouble.value.__cause__ is None
    assert trouble.value.__context__ is None
    told = "".join(traceback.format_exception(trouble.value)) + repr(vars(trouble.value))
    assert TEXT not in told
    assert KEY not in told


async def test_all_calls_together_keep_the_limit(service: OddService) -> None:
    service.answering.clear()
    async with fish_audio_at(service.url, concurrency=2) as fish_audio:
        tasks = [asyncio.ensure_future(call(fish_audio)) for call in EVERY_CALL]
        await service.has_received(2)
        service.answering.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert service.most_under_way == 2
    assert len(service.received) == len(EVERY_CALL) + 1, "after a deletion the voice is read"


async def test_a_cancelled_call_gives_its_slot_back(service: OddService) -> None:
    async with fish_audio_at(service.url, concurrency=1) as fish_audio:
        service.answering.clear()
        for number in range(1, 4):
            task = asyncio.ensure_future(speaks(fish_audio))
            await service.has_received(number)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        service.answering.set()
        service.answer = page()
        await fish_audio.check_key()


async def test_a_call_may_be_given_up_while_it_waits_for_its_turn(service: OddService) -> None:
    service.answering.clear()
    async with fish_audio_at(service.url, concurrency=1) as fish_audio:
        task = asyncio.ensure_future(speaks(fish_audio))
        await service.has_received(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await fish_audio.check_key()
        service.answer = Answered(200, MP3)
        service.answering.set()
        assert await task == MP3
    assert len(service.received) == 1


@pytest.mark.parametrize("call", EVERY_CALL)
async def test_nothing_is_sent_before_there_is_a_slot_in_the_whole_account(service: OddService, call: Call) -> None:
    """Other processes may have them all, so whoever gives up waiting has asked Fish Audio for nothing."""

    @asynccontextmanager
    async def taken() -> AsyncGenerator[None]:
        await asyncio.Event().wait()
        yield

    async with fish_audio_at(service.url, shared_slot=taken) as fish_audio:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await call(fish_audio)
    assert service.received == []
