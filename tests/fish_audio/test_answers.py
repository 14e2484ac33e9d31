"""Fish Audio's answers are read if they hold the least that is needed, and nothing else breaks the reader."""

import json
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FishAudioError, Unclear
from bot.fish_audio.answers import (
    LONGEST_HEARD,
    REASON_LENGTH,
    Answer,
    credit_in,
    failure,
    heard_in,
    reason_in,
    retry_after,
    voice_in,
    voices_in,
)
from bot.models.voices import FishVoice

FISH_ID = "0123456789abcdef0123456789abcdef"

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["_id", "message", "items", "msg"]), inner),
)
ANY_BODY = st.binary() | ANY_JSON.map(lambda content: json.dumps(content).encode("utf-8", "replace"))


def entity(**changes: object) -> dict[str, object]:
    return {"_id": FISH_ID, "state": "trained", "title": "Ann", "tags": ["mynah-1"]} | changes


def success(content: object) -> Answer:
    return Answer(200, body=json.dumps(content).encode())


@pytest.mark.parametrize(
    ("state", "content"),
    [
        ("trained", entity()),
        ("training", entity(state="training", train_mode="full", type="svc", created_at=None)),
        ("", {"_id": FISH_ID}),
        ("", {"_id": FISH_ID, "state": 7, "tags": "mynah-1", "title": None, "quality": [1]}),
        ("hibernating", entity(state="hibernating", samples="none")),
    ],
)
def test_a_voice_needs_no_more_than_an_id(state: str, content: object) -> None:
    voice = voice_in(success(content))
    assert (voice.fish_id, voice.state) == (FISH_ID, state)


def test_a_transcript_becomes_one_line() -> None:
    assert heard_in(success({"text": " Hello\n\0there. ", "segments": None})) == "Hello there."
    assert heard_in(success({"text": ""})) == ""


@pytest.mark.parametrize("body", [None, b"Hello", b"[]", b'{"text":7}', b'{"text":"\\ud800"}', b'{"txt":"Hello"}'])
def test_what_is_no_transcription_is_unclear(body: bytes | None) -> None:
    with pytest.raises(Unclear):
        heard_in(Answer(200, body=body))


def test_an_impossibly_long_transcript_is_unclear() -> None:
    with pytest.raises(Unclear):
        heard_in(success({"text": "a" * (LONGEST_HEARD + 1)}))


@pytest.mark.parametrize(
    "body",
    [None, b"", b"created", b"null", b"[]", b'{"state":"trained"}', b'{"_id":7}', b'{"_id":"../wallet"}'],
)
def test_a_voice_without_a_readable_id_is_unclear(body: bytes | None) -> None:
    with pytest.raises(Unclear):
        voice_in(Answer(201, body=body))


def test_everything_worth_knowing_about_a_voice_is_read() -> None:
    passed = {"quality_passed": True, "quality_reason": "fine"}
    failed = {"quality_passed": False, "quality_reason": "Too much <b>noise</b>\n"}
    content = entity(state="failed", dmca_taken_down=True, quality={"audios": [None, passed, failed]})
    assert voice_in(success(content)) == FishVoice(
        fish_id=FISH_ID,
        state="failed",
        title="Ann",
        tags=("mynah-1",),
        taken_down=True,
        quality_reason="Too much noise",
    )


def test_one_odd_voice_does_not_spoil_the_page() -> None:
    items = [{"type": "svc"}, 7, entity(train_mode="full"), entity(_id="b" * 32, tags=None)]
    voices = voices_in(success({"total": 4, "items": items}))
    assert [voice and voice.fish_id for voice in voices] == [None, None, FISH_ID, "b" * 32]


@pytest.mark.parametrize("body", [None, b"", b"[]", b"{}", b'{"items": {}}', b"<html>fine</html>"])
def test_what_is_no_page_of_voices_is_unclear(body: bytes | None) -> None:
    with pytest.raises(Unclear):
        voices_in(Answer(200, body=body))


@pytest.mark.parametrize(
    ("wallet", "credit"),
    [({"credit": "12.340000"}, "12.34"), ({"credit": 5}, "5"), ({"credit": "-0.01", "_id": None}, "-0.01")],
)
def test_the_credit_is_read(wallet: object, credit: str) -> None:
    assert credit_in(success(wallet)) == Decimal(credit)


@pytest.mark.parametrize(
    "wallet", [{}, [], {"credit": "much"}, {"credit": "NaN"}, {"credit": None}, {"credit": "1E+9999"}]
)
def test_a_credit_that_cannot_be_read_is_unclear(wallet: object) -> None:
    with pytest.raises(Unclear):
        credit_in(success(wallet))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"date": "Wed, 21 Oct 2015 07:28:00 GMT", "retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, 30),
        ({"date": "nonsense", "retry-after": "Wed, 21 Oct 2015 07:28:30 -0000"}, 0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 +99999999999999"}, None),
        ({"date": "Fri, 31 Dec 9999 23:59:59 -2359", "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"status":400,"message":"Reference not found"}', "Reference not found"),
        (b'{"detail":[{"loc":["body","title"],"msg":"Field required"}]}', "Field required"),
        (
            b'[{"loc":["query"],"msg":"Should be at most 100"},{"msg":"Field required"},7]',
            "Should be at most 100; Field required",
        ),
        (b'{"message":["too long","too loud"]}', "too long; too loud"),
        (b'{"message":"","reason":"not yours"}', "not yours"),
        (b'"No."', "No."),
        (b"No permission -- see authorization schemes", "No permission -- see authorization schemes"),
        (b"<html><head><title>413 Too Large</title></head><body><hr>nginx</body></html>", "413 Too Large"),
        (b"<p>Two\n<b>lines</b> &amp; one</p>", "Two lines & one"),
        (b"\xff broken \x1b[31m", "� broken [31m"),
        (b"null", "no reason given"),
        (b"", "no reason given"),
        (None, "no reason given"),
        (b"[" * 10_000, "[" * (REASON_LENGTH - 1) + "…"),
    ],
)
def test_a_reason_is_one_readable_line(body: bytes | None, reason: str) -> None:
    assert reason_in(body) == reason


@settings(deadline=None)  # the machine may be busy
@given(ANY_BODY)
def test_any_body_has_a_short_reason_in_one_line(body: bytes) -> None:
    reason = reason_in(body)
    assert 0 < len(reason) <= REASON_LENGTH
    assert reason.isprintable()


@settings(deadline=None)  # the machine may be busy
@given(st.integers(300, 599), ANY_BODY, st.text(), st.booleans())
def test_any_failure_has_a_meaning(status: int, body: bytes, wish: str, about_one_voice: bool) -> None:
    answer = Answer(status, {"retry-after": wish}, body)
    assert isinstance(failure(answer, about_one_voice=about_one_voice), FishAudioError)


@settings(deadline=None)  # the machine may be busy
@given(ANY_BODY)
def test_any_success_is_read_or_unclear(body: bytes) -> None:
    for read in (voice_in, voices_in, credit_in):
        try:
            read(Answer(200, body=body))
        except Unclear:
            continue
