"""A service that answers as the test says, and the client beside it, for the tests of every package."""

from collections.abc import AsyncGenerator

import pytest

from bot.fish_audio.client import FishAudio
from tests.fish_audio.odd_service import OddService, fish_audio_at, odd_service


@pytest.fixture
async def service() -> AsyncGenerator[OddService]:
    async with odd_service() as service:
        yield service


@pytest.fixture
async def fish_audio(service: OddService) -> AsyncGenerator[FishAudio]:
    async with fish_audio_at(service.url) as fish_audio:
        yield fish_audio
