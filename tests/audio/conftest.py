"""Gives the tests that are not about processes the one reader that the stories share, too."""

import pytest

from bot.audio.reader import AudioReader
from tests.stories.bots.shared_reader import SharedReader


@pytest.fixture
async def reader() -> AudioReader:
    return SharedReader()
