"""Long texts are spoken whole, in a file that Discord takes; one that cannot fit is refused before anything is paid."""

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.audio.mp3.mp3s import FRAMES
from tests.stories.running import BotHere
from tests.stories.steps import sentence_of
from tests.stories.stored import stored


async def ready_made(_: str) -> bytes:
    """Stand for minutes of sound, which would take the machine seconds to make."""
    return FRAMES


@pytest.mark.slow
@pytest.mark.settings(max_text_length=0, daily_characters_per_member=0)
async def test_a_long_text_is_whole_and_fits_or_costs_nothing(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    fish.speaks_ready_made(ready_made)
    for text, speed, bitrate in (("한국어 " * 50, 1.0, 128), ("한국어로 " * 1200, 1.0, 64), ("words " * 900, 0.5, 64)):
        said = await ann.uses("/say", text=text, speed=speed)
        assert said.audio
        assert fish.spoken[-1].text == text.strip()
        assert fish.spoken[-1].parameters["mp3_bitrate"] == bitrate, text

    before, counted = len(fish.requests), stored(bot.place, "SELECT SUM(characters) FROM budget")
    refusal = await ann.uses("/say", text="123 " * 1500)
    assert sentence_of(refusal).startswith("That would sound for about 27 minutes, and a file has at most 10 MiB here.")
    assert refusal.ephemeral
    assert len(fish.requests) == before
    assert stored(bot.place, "SELECT SUM(characters) FROM budget") == counted
