"""Requests to Fish Audio fit the service's own OpenAPI file."""

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import ormsgpack
import pytest
from jsonschema import Draft202012Validator, validate

from bot.fish_audio.client import FishAudio, upload_name
from bot.fish_audio.fair_gate import Askers
from bot.models.samples import Clip, Excerpt, Sample
from tests.contracts import reference
from tests.contracts.reference import Schema
from tests.fish_audio.odd_service import KEY, Answered, OddService, Received

FISH_ID = "0123456789abcdef0123456789abcdef"
SAMPLE = b"RIFF\x08\x00\x00\x00WAVE\x00\xff\r\n"


@pytest.fixture
def openapi() -> Schema:
    return reference.openapi("fish-audio")


@pytest.fixture
def service(service: OddService) -> OddService:
    service.answer = Answered(200, json.dumps({"_id": FISH_ID, "items": [], "credit": "1"}).encode())
    return service


def schema_of(openapi: Schema, method: str, path: str, content_type: str) -> Schema:
    content = openapi["paths"][path][method]["requestBody"]["content"]
    return {**content[content_type]["schema"], "components": openapi["components"]}


def properties_of(openapi: Schema, schema: Schema) -> set[str]:
    reference = schema.get("$ref")
    return set((openapi["components"]["schemas"][reference.split("/")[-1]] if reference else schema)["properties"])


def holds(openapi: Schema, schema: Schema, content: Any) -> None:
    """Check that the content fits the schema and has no field that the schema does not know."""
    validate(content, schema, cls=Draft202012Validator)
    assert set(content) <= properties_of(openapi, schema)


def form_parts(request: Received) -> list[EmailMessage]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body, policy=policy.HTTP)
    return [part for part in message.iter_parts() if isinstance(part, EmailMessage)]


def form_fields(request: Received) -> dict[str, object]:
    """Return the form as the service reads it: repeatable fields as lists, `true` as a boolean."""
    fields: dict[str, object] = {}
    for part in form_parts(request):
        name = part.get_param("name", header="content-disposition")
        value = cast("bytes", part.get_payload(decode=True)).decode("latin-1")
        if name in ("voices", "texts", "tags"):
            cast("list[str]", fields.setdefault(name, [])).append(value)
        else:
            fields[str(name)] = value == "true" if value in ("true", "false") else value
    return fields


async def creates(fish_audio: FishAudio, *filenames: str, transcript: str | None = None) -> None:
    await fish_audio.create_voice(
        title="Ann’s voice",
        sample=Sample(tuple(Clip(name, SAMPLE) for name in filenames or ["ann.wav"])),
        transcript=transcript,
        tag="mynah-1",
        member_id=7,
    )


@pytest.mark.parametrize("transcript", [None, "What I read: “aloud”."])
async def test_a_voice_is_created_as_the_service_asks(
    openapi: Schema, service: OddService, fish_audio: FishAudio, transcript: str | None
) -> None:
    await creates(fish_audio, transcript=transcript)
    (request,) = service.received
    assert (request.method, request.path) == ("POST", "/model")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    fields = form_fields(request)
    holds(openapi, schema_of(openapi, "post", "/model", "multipart/form-data"), fields)
    voices = fields.pop("voices")
    assert voices == [SAMPLE.decode("latin-1")]
    texts = {"texts": [transcript.encode().decode("latin-1")]} if transcript else {}
    assert fields == texts | {
        "title": "Ann’s voice".encode().decode("latin-1"),
        "visibility": "private",
        "type": "tts",
        "train_mode": "fast",
        "tags": ["mynah-1"],
        "enhance_audio_quality": True,
    }


async def test_a_sample_is_uploaded_as_the_wav_it_is(service: OddService, fish_audio: FishAudio) -> None:
    await creates(fish_audio, "/home/ann/my voice.WAV")
    (upload,) = (part for part in form_parts(service.received[0]) if part.get_filename())
    assert upload.get_filename() == "my voice.wav"
    assert upload.get_content_type() == "audio/wav"


async def test_several_clips_are_uploaded_as_a_file_each(
    openapi: Schema, service: OddService, fish_audio: FishAudio
) -> None:
    await creates(fish_audio, "one.wav", "two.ogg", "three.m4a")
    fields = form_fields(service.received[0])
    holds(openapi, schema_of(openapi, "post", "/model", "multipart/form-data"), fields)
    assert fields["voices"] == [SAMPLE.decode("latin-1")] * 3
    assert "texts" not in fields
    names = [part.get_filename() for part in form_parts(service.received[0]) if part.get_filename()]
    assert names == ["one.wav", "two.wav", "three.wav"]


@pytest.mark.parametrize(
    ("filename", "sent"),
    [
        ("Ann.wav", "Ann.wav"),
        ("Ann.WAV", "Ann.wav"),
        ("voice", "voice.wav"),
        ("voice.MP3", "voice.wav"),
        ("voice.txt", "voice.txt.wav"),
        ("../../etc/passwd", "passwd.wav"),
        ("C:\\Users\\Ann\\take 2.wav", "take 2.wav"),
        ("", "sample.wav"),
        (".wav", "sample.wav"),
        ("\x00\r\n\u202e\ud800", "sample.wav"),
        ("日本語.wav", "日本語.wav"),
        ("a" * 300 + ".wav", "a" * 96 + ".wav"),
    ],
)
def test_a_file_keeps_its_name_as_far_as_it_is_one(filename: str, sent: str) -> None:
    assert upload_name(filename) == sent


async def test_a_recording_is_sent_along_instead_of_a_voice_and_never_beside_one(
    openapi: Schema, service: OddService, fish_audio: FishAudio
) -> None:
    service.answer = Answered(200, b"\xff\xfb\x90\xc4")
    excerpt = Excerpt(wav=b"RIFF and so on", transcript="When the sunlight")
    await fish_audio.speak("Hello 👋", voice=excerpt, speed=1, volume=0, askers=Askers(7))
    (request,) = service.received
    assert request.headers["Content-Type"] == "application/msgpack"
    body = ormsgpack.unpackb(request.body)
    assert body["references"] == [{"audio": b"RIFF and so on", "text": "When the sunlight"}]
    assert body.get("reference_id") is None
    body["references"][0]["audio"] = "as text, since JSON Schema knows no bytes"
    holds(openapi, schema_of(openapi, "post", "/v1/tts", "application/msgpack"), body)


async def test_speech_is_asked_for_with_every_option_named(
    openapi: Schema, service: OddService, fish_audio: FishAudio
) -> None:
    service.answer = Answered(200, b"\xff\xfb\x90\xc4")
    await fish_audio.speak("Hello 👋", voice=FISH_ID, speed=1.5, volume=-3, askers=Askers(7))
    (request,) = service.received
    assert (request.method, request.path) == ("POST", "/v1/tts")
    assert request.headers["Content-Type"] == "application/msgpack"
    assert request.headers["model"] == "s2-pro"
    body = ormsgpack.unpackb(request.body)
    schema = schema_of(openapi, "post", "/v1/tts", "application/msgpack")
    holds(openapi, schema, body)
    assert properties_of(openapi, schema) - set(body) == {"features"}, "the SDK has no such option"
    assert body == {
        "text": "Hello 👋",
        "reference_id": FISH_ID,
        "references": [],
        "format": "mp3",
        "mp3_bitrate": 128,
        "sample_rate": 44_100,
        "opus_bitrate": -1000,
        "latency": "normal",
        "chunk_length": 300,
        "min_chunk_length": 50,
        "normalize": True,
        "prosody": {"speed": 1.5, "volume": -3.0},
        "temperature": 0.7,
        "top_p": 0.7,
        "repetition_penalty": 1.2,
        "max_new_tokens": 1024,
        "condition_on_previous_chunks": True,
        "early_stop_threshold": 1.0,
    }


async def test_a_recording_is_written_down_as_the_service_asks(
    openapi: Schema, service: OddService, fish_audio: FishAudio
) -> None:
    service.answer = Answered(200, b'{"text": "Hello there", "duration": 1, "segments": []}')
    assert await fish_audio.transcribe(SAMPLE, member_id=7, on_asking=lambda: None) == "Hello there"
    (request,) = service.received
    assert (request.method, request.path) == ("POST", "/v1/asr")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/msgpack"
    body = ormsgpack.unpackb(request.body)
    assert body == {"audio": SAMPLE, "ignore_timestamps": True}
    schema = schema_of(openapi, "post", "/v1/asr", "application/msgpack")
    holds(openapi, schema, {**body, "audio": SAMPLE.decode("latin-1")})  # JSON Schema knows no bytes


async def test_lists_are_asked_for_as_the_service_describes(
    openapi: Schema, service: OddService, fish_audio: FishAudio
) -> None:
    await fish_audio.newest_voices()
    await fish_audio.voices_tagged("mynah-1")
    await fish_audio.check_key()
    newest, tagged, check = (request.query for request in service.received)
    assert newest == {"self": "true", "page_size": "100", "page_number": "1", "sort_by": "created_at"}
    assert tagged == {**newest, "tag": "mynah-1"}
    assert (check["self"], check["page_size"]) == ("true", "1")
    parameters = {known["name"]: known["schema"] for known in openapi["paths"]["/model"]["get"]["parameters"]}
    for query in (newest, tagged, check):
        assert set(query) <= set(parameters)
        assert query["sort_by"] in parameters["sort_by"]["enum"]
        assert int(query["page_size"]) <= parameters["page_size"]["maximum"]


async def test_single_voices_and_the_wallet_are_found_at_their_own_addresses(
    openapi: Schema, service: OddService, fish_audio: FishAudio
) -> None:
    await fish_audio.voice(FISH_ID)
    service.answers["GET"] = service.answers["DELETE"] = Answered(404, b'{"status": 404, "message": "Not Found"}')
    await fish_audio.delete_voice(FISH_ID)
    del service.answers["GET"]
    await fish_audio.credit()
    asked = [(request.method, request.path) for request in service.received]
    assert asked == [
        ("GET", f"/model/{FISH_ID}"),
        ("DELETE", f"/model/{FISH_ID}"),
        ("GET", f"/model/{FISH_ID}"),
        ("GET", "/wallet/self/api-credit"),
    ]
    assert {"get", "delete"} <= set(openapi["paths"]["/model/{id}"])
    assert "get" in openapi["paths"]["/wallet/{user_id}/api-credit"]
