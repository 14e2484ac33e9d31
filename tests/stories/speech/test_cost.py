"""A `/say` asks little of the database: one block that reads, two that write, and few statements."""

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.counting import Counted
from tests.stories.running import BotHere
from tests.stories.steps import has_voice

MOST_STATEMENTS = 28  # BEGIN and COMMIT of the three blocks included


@pytest.mark.slow
async def test_a_say_reads_once_and_writes_twice(
    discord: Discord, fish: FishAudio, bot: BotHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    counted = Counted(monkeypatch)

    assert (await ben.uses("/say", voice="Grandpa", text="Hello")).files
    assert counted.blocks == ["read", "write", "write"]
    assert counted.statements <= MOST_STATEMENTS
