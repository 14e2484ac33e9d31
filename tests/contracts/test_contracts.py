"""Every request of the bot is one that the services' own OpenAPI files describe."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import ormsgpack
import pytest

from sandbox.discord.world.cdn import PATHS as FILES
from sandbox.faults import Body, Part, Request
from tests.contracts.conftest import Life
from tests.contracts.discord import DiscordContract
from tests.contracts.fish_audio import FishAudioContract
from tests.contracts.operations import Complaint
from tests.contracts.reference import openapi


@dataclass(frozen=True, slots=True)
class Exemption:
    """A complaint that is due to the file and not to the bot; operation, place and message are patterns."""

    operation: str
    place: str
    message: str
    reason: str

    def covers(self, complaint: Complaint) -> bool:
        return (
            re.fullmatch(self.operation, complaint.operation) is not None
            and re.fullmatch(self.place, complaint.place) is not None
            and re.search(self.message, complaint.message) is not None
        )


# Discord's file calls itself a preview; where it and the docs differ, the docs win (README of discord-api-spec).
# All of these are discord.py's own ways, the same for every bot that is built on it. Fish Audio's file needs none.
EXEMPTIONS = (
    Exemption(
        r"(POST|PATCH) .*",
        r"query\.(wait|with_components|with_response)",
        r"^'[01]' is not of type 'boolean'$",
        "docs, page Reference, “Boolean Query Strings”: 1 and 0 are as good as true and false",
    ),
    Exemption(
        r"(POST /channels/\{channel_id\}/messages|PATCH .*/messages/@original|POST /interactions/.*/callback)",
        r"body\.(data\.)?attachments\.0\.id",
        r"^0 is not of type 'string'$",
        "docs, page Reference, “Uploading Files”: the placeholder of files[0] is the number 0",
    ),
    Exemption(
        r"PUT /applications/\{application_id\}/commands",
        r"body\.\d+",
        r"\('nsfw' was unexpected\)$",
        "docs, page Application Commands: `nsfw` is a field of a command; the file forgot it",
    ),
    Exemption(
        r"POST /(users/@me/channels|channels/\{channel_id\}/messages)",
        r"body\.(recipient_id|allowed_mentions\.users\.0|message_reference\.(message|channel|guild)_id)",
        r"^\d{18,19} is not valid under any",
        "discord.py 2.7.1 (http.py, `start_private_message`; mentions.py) sends these ids as numbers, and always has",
    ),
    Exemption(
        r"(PATCH /webhooks/.*/messages/.*|POST /interactions/.*/callback)",
        r"body(\.data)?",
        r"\('tts' was unexpected\)$",
        "discord.py 2.7.1 (http.py, `handle_message_parameters`) says `tts: false` in every message, edited ones too",
    ),
)

SPOKEN_TO_DISCORD = {
    "DELETE /channels/{channel_id}/messages/{message_id}",
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "GET /channels/{channel_id}/messages",
    "GET /gateway/bot",
    "GET /guilds/{guild_id}/members/{user_id}",
    "GET /oauth2/applications/@me",
    "GET /users/@me",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    "POST /channels/{channel_id}/messages",
    "POST /interactions/{interaction_id}/{interaction_token}/callback",
    "POST /users/@me/channels",
    "POST /webhooks/{webhook_id}/{webhook_token}",
    "PUT /applications/{application_id}/commands",
}
SPOKEN_TO_FISH_AUDIO = {
    "POST /model",
    "GET /model",
    "GET /model/{id}",
    "DELETE /model/{id}",
    "POST /v1/asr",
    "POST /v1/tts",
}


def test_a_whole_life_is_spoken_in_described_requests(life: Life) -> None:
    discord_contract, fish_contract = DiscordContract(openapi("discord")), FishAudioContract(openapi("fish-audio"))
    to_discord = [request for request in life.to_discord if request.route_template not in FILES]
    complaints = {complaint for request in to_discord for complaint in discord_contract.complaints(request)}
    used = {exemption for exemption in EXEMPTIONS for complaint in complaints if exemption.covers(complaint)}
    assert [each for each in complaints if not any(exemption.covers(each) for exemption in used)] == []
    assert used == set(EXEMPTIONS)
    assert [complaint for request in life.to_fish_audio for complaint in fish_contract.complaints(request)] == []
    assert addressed(to_discord) == SPOKEN_TO_DISCORD
    assert addressed(life.to_fish_audio) == SPOKEN_TO_FISH_AUDIO


def addressed(requests: Iterable[Request]) -> set[str]:
    return {f"{request.method} {request.route_template}" for request in requests}


def sent(method: str, path: str, *, query: dict[str, str] | None = None, body: Body | None = None) -> Request:
    return Request(method, path, query or {}, {}, None, body or Body(""))


def form(*parts: Part) -> Body:
    return Body("multipart/form-data", parts=parts)


MESSAGE = b'{"attachments": [{"id": "0", "filename": "a.mp3"}]}'
IMITATING = Body("application/msgpack", raw=ormsgpack.packb({"text": "Hello", "references": [{"audio": b"RIFF"}]}))
SAMPLE = Part("voices", "a.wav", "audio/wav", b"RIFF")


@pytest.mark.parametrize(
    ("request_", "place", "message"),
    [
        (sent("GET", "/users/1/notes"), "path", "is not in the file"),
        (sent("PUT", "/users/@me/channels"), "path", "is not in the file"),
        (sent("GET", "/channels/general/messages"), "path.channel_id", "does not match"),
        (sent("GET", "/channels/1/messages", query={"limit": "101"}), "query.limit", "maximum"),
        (sent("GET", "/channels/1/messages", query={"page": "1"}), "query.page", "is not known"),
        (sent("POST", "/users/@me/channels"), "body", "is missing"),
        (
            sent("POST", "/users/@me/channels", body=Body("text/plain", raw=b"1")),
            "body",
            "may not be text/plain",
        ),
        (
            sent("POST", "/channels/1/messages", body=Body("application/json", raw=b'{"contents": "x"}')),
            "body",
            "'contents' was unexpected",
        ),
        (
            sent("POST", "/channels/1/messages", body=Body("application/json", raw=b'{"content": 1}')),
            "body.content",
            "is not of type 'string'",
        ),
        (
            sent("POST", "/channels/1/messages", body=form(Part("payload_json", None, None, MESSAGE))),
            "form",
            "differ",
        ),
        (
            sent("POST", "/channels/1/messages", body=form(Part("file", "a.mp3", None, b"ID3"))),
            "form.file",
            "is not known",
        ),
    ],
)
def test_a_request_that_discord_does_not_describe_is_complained_about(
    request_: Request, place: str, message: str
) -> None:
    complaints = list(DiscordContract(openapi("discord")).complaints(request_))
    assert any(complaint.place == place and message in complaint.message for complaint in complaints), complaints


@pytest.mark.parametrize(
    ("request_", "place", "message"),
    [
        (sent("GET", "/models"), "path", "is not in the file"),
        (sent("GET", "/model", query={"page_size": "101"}), "query.page_size", "maximum"),
        (sent("GET", "/model", query={"self": "1"}), "query.self", "is not of type 'boolean'"),
        (sent("POST", "/model", body=form(SAMPLE)), "body", "'title' is a required property"),
        (sent("POST", "/model", body=form(Part("tempo", None, None, b"1"), SAMPLE)), "body", "'tempo' was unexpected"),
        (sent("POST", "/v1/tts", body=Body("application/msgpack", raw=b"\x80")), "body", "'text' is a required"),
        (sent("POST", "/v1/tts", body=IMITATING), "body.references.0", "'text' is a required"),
        (sent("POST", "/v1/tts", body=Body("application/xml", raw=b"<a/>")), "body", "may not be application/xml"),
    ],
)
def test_a_request_that_fish_audio_does_not_describe_is_complained_about(
    request_: Request, place: str, message: str
) -> None:
    complaints = list(FishAudioContract(openapi("fish-audio")).complaints(request_))
    assert any(complaint.place == place and message in complaint.message for complaint in complaints), complaints
