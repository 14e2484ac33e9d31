"""A refusal is final only where Discord's own code says so."""

from dataclasses import dataclass, field
from typing import Any

import discord
import pytest

from bot.discord.codes import Code, Meaning, is_from_discord, may_pass_soon, meaning_of


@dataclass
class Response:
    """As much of a response as discord.py keeps for its exceptions."""

    status: int
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])


def refused(status: int, message: Any) -> discord.HTTPException:
    return discord.HTTPException(Response(status), message)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (403, 50007, Meaning.CLOSED),
        (403, 50278, Meaning.CLOSED),
        (403, 50001, Meaning.FORBIDDEN),
        (403, 50013, Meaning.FORBIDDEN),
        (400, 50083, Meaning.FORBIDDEN),
        (404, 10003, Meaning.GONE),
        (404, 10004, Meaning.GONE),
        (404, 10008, Meaning.GONE),
        (401, 50027, Meaning.GONE),
        (400, 200000, Meaning.FILTERED),
        (400, 50035, Meaning.INVALID),
        (413, 40005, Meaning.INVALID),
        (400, 40003, Meaning.LATER),
        (403, 20026, Meaning.LATER),
        (403, 40333, Meaning.LATER),
        (400, 999999, Meaning.LATER),
        (429, 50007, Meaning.LATER),
        (503, 130000, Meaning.UNCLEAR),
        (500, 50007, Meaning.UNCLEAR),
    ],
)
def test_a_code_has_one_meaning(status: int, code: int, meaning: Meaning) -> None:
    assert meaning_of(refused(status, {"message": "No", "code": code})) is meaning


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 429, 451])
@pytest.mark.parametrize(
    "message",
    ["<html>Attention required</html>", "error code: 1020", "", None, {"message": "404: Not Found"}, {"code": 0}],
)
def test_without_a_code_no_refusal_is_final(status: int, message: object) -> None:
    refusal = refused(status, message)
    assert meaning_of(refusal) is Meaning.LATER
    assert may_pass_soon(refusal)


def test_what_has_a_code_is_not_tried_again_while_somebody_waits() -> None:
    assert not may_pass_soon(refused(403, {"message": "No", "code": Code.MISSING_ACCESS}))
    assert not may_pass_soon(refused(400, {"message": "No", "code": 999999}))


@pytest.mark.parametrize(("content_type", "is_own"), [("application/json", True), ("text/html", False), (None, False)])
def test_discord_itself_answers_in_json(content_type: str | None, is_own: bool) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert is_from_discord(discord.HTTPException(Response(401, headers=headers), None)) is is_own  # type: ignore[arg-type]
