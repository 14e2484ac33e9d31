"""Gives each test the workers that make voices, on a real database and over sockets to Fish Audio's stand-in."""

from collections.abc import AsyncGenerator

import pytest

from bot.fish_audio.client import open_fish_audio
from bot.http.attachments import open_attachments
from bot.storage.engine.database import Database
from sandbox.fish_audio import FishAudio
from tests.services.voices.making import Workshop


@pytest.fixture
async def workshop(database: Database, fish: FishAudio) -> AsyncGenerator[Workshop]:
    async with (
        open_fish_audio(api_key=fish.key, api_url=fish.url, model="s2-pro", concurrency=5) as fish_audio,
        open_attachments() as attachments,
    ):
        workshop = Workshop(database, fish_audio, attachments)
        yield workshop
        await workshop.services.creation.aclose()
