"""Discord's answers take a bounded amount of memory, whatever is sent in its name."""

from collections.abc import AsyncGenerator

import pytest
from discord.http import Route

from bot.discord.client import DiscordUnavailable, application
from bot.http.discord_answers import MOST_BYTES
from tests.fish_audio.odd_service import Answered, Bomb, Endless, OddService, odd_service


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[OddService]:
    """A service that stands in Discord's place."""
    async with odd_service() as service:
        monkeypatch.setattr(Route, "BASE", service.url)
        yield service


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer", [Endless(), Endless(404), Bomb(2**28)], ids=["endless", "an endless failure", "packed"]
)
async def test_an_answer_is_not_read_past_what_discord_can_have_to_say(
    service: OddService, answer: Bomb | Endless
) -> None:
    service.answer = answer
    with pytest.raises(DiscordUnavailable, match=f"more than {MOST_BYTES} bytes"):
        await application("a.b.c")
    assert len(service.received) == 1


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "answer",
    [
        Answered(200, b"<html>Sign in to the caf\xc3\xa9's network</html>", {"Content-Type": "text/html"}),
        Answered(403, "<html>Zugriff gesperrt für alle</html>".encode("latin-1"), {"Content-Type": "text/html"}),
        Answered(200, b"{}", {"Content-Type": "application/json; charset=utf-16"}),
        Answered(200, b'{"id": "\xff', JSON),
        Answered(200, b"[" * 100_000, JSON),
        Answered(429, b"[" * 100_000, JSON),
        Answered(429, b'{"retry_after": 1e999}', JSON),
    ],
    ids=["a page", "a page in latin-1", "a charset", "no UTF-8", "deep", "deep, 429", "endless wait"],
)
async def test_an_answer_that_is_none_of_discords_is_a_trouble_of_the_line(
    service: OddService, answer: Answered
) -> None:
    service.answer = answer
    with pytest.raises(DiscordUnavailable):
        await application("a.b.c")


async def test_a_text_with_bytes_that_are_none_is_read_without_them(service: OddService) -> None:
    service.answer = Answered(403, b'{"code": 50001, "message": "Missing \xff Access"}', JSON)
    with pytest.raises(DiscordUnavailable, match="Missing \ufffd Access"):
        await application("a.b.c")
