"""Requests carry the bot's name and not a library's."""

import tomllib
from pathlib import Path

from bot.http.attachments import Attachment, open_attachments
from bot.http.user_agents import VERSION
from tests.fish_audio.odd_service import Answered, odd_service


async def test_attachments_are_fetched_in_discord_s_form() -> None:
    async with odd_service() as service, open_attachments() as attachments:
        service.answer = Answered(200, b"RIFF")
        await attachments.read(Attachment(filename="ann.wav", size=4, url=service.url))
    name = service.received[0].headers["User-Agent"]
    assert name.startswith("DiscordBot (https://")
    assert name.endswith(f" Mynah/{VERSION}")


def test_the_version_in_the_name_is_the_project_s() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
