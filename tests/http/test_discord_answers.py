"""Discord's answers take a bounded amount of memory, whatever is sent in its name."""

from collections.abc import AsyncGenerator

import pytest
from discord.http import Route

from bot.discord.client import DiscordUnavailable, application
from bot.http.discord_answers import MOST_BYTES
from tests.fish_audio.odd_service import Bomb, Endless, OddService, odd_service


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
