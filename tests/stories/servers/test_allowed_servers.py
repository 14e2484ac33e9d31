"""If the host has named the servers that may use the bot, it does nothing that costs in others."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import asked, has_voice, wav

NOT_HERE = "This bot works only in the servers that its host has chosen, and this is none of them."
NOT_YOU = "This bot works only for members of the servers that its host has chosen"


@pytest.fixture
async def choosy(discord: Discord, fish: FishAudio, tmp_path: Path) -> AsyncGenerator[BotHere]:
    """The bot, for the first server alone."""
    bot = BotHere(discord, fish, tmp_path, {"allowed_servers": f"{discord.server.id}, 81384788765712384"})
    await bot.starts()
    yield bot
    await bot.stops()


async def test_another_server_gets_one_private_sentence_and_nothing_that_costs(
    discord: Discord, fish: FishAudio, choosy: BotHere
) -> None:
    elsewhere = discord.add_server("Elsewhere")
    stranger = discord.member("Stranger", server=elsewhere)
    await has_voice(choosy, fish, stranger, "Grandpa")
    fetched = len([each for each in discord.requests if "attachments/" in each.path])

    refusals = [
        await stranger.uses("/say", text="Hello"),
        await stranger.uses("/voice create", name="Grandma", sample=wav()),
        await stranger.uses("/verify", file=wav()),
        await stranger.uses("/voice share", voice="Grandpa"),
    ]
    for refusal in refusals:
        assert refusal.ephemeral
        assert refusal.text.startswith(NOT_HERE)
    assert (await stranger.uses("/say", in_=stranger.dm, text="Hello")).text.startswith(NOT_YOU)
    assert not asked(fish, "POST", template="/v1/tts")
    assert len([each for each in discord.requests if "attachments/" in each.path]) == fetched

    assert "Grandpa" in (await stranger.uses("/voice list")).text
    question = await stranger.uses("/voice delete", voice="Grandpa")
    assert "is deleted" in (await stranger.clicks(question, "Delete it for good")).text
    assert (await stranger.uses("/privacy show")).ephemeral


@pytest.mark.slow
async def test_members_of_a_chosen_server_are_served_there_and_in_private(
    discord: Discord, fish: FishAudio, choosy: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(choosy, fish, ann, "Grandpa")
    assert (await ann.uses("/say", text="Hello")).files
    assert (await ann.uses("/say", in_=ann.dm, text="Hello")).files

    ann.leaves(discord.server)
    choosy.time_passes(minutes=6)
    assert (await ann.uses("/say", in_=ann.dm, text="Hello")).text.startswith(NOT_YOU)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["upload", "preview"])
async def test_what_still_waits_in_a_server_that_is_chosen_no_longer_costs_nothing(
    moment: str, discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    bot = BotHere(discord, fish, tmp_path, {})
    await bot.starts()
    elsewhere = discord.add_server("Elsewhere")
    ann = discord.member("Ann", server=elsewhere)
    fish.trains_in(seconds=3600)
    if moment == "upload":
        fish.fails("POST", "/model", status=402)
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    await ann.clicks(report, "Create my voice")
    await fish.until(lambda: asked(fish, "POST"))
    await bot.rests()
    await bot.stops()
    created = len(asked(fish, "POST"))

    choosy = BotHere(discord, fish, tmp_path, {"allowed_servers": str(discord.server.id)})
    await choosy.starts()
    if moment == "upload":
        choosy.time_passes(minutes=30)
        failed = await ann.is_told("“Grandpa” could not be made")
        assert "the bot's host no longer lets it be used in the server where you began this" in failed.text
        assert "Retry" in failed.buttons
    else:
        fish.finishes_training("Grandpa")
        choosy.time_passes(seconds=30)
        assert not (await ann.is_told("“Grandpa” is ready")).files
    assert len(asked(fish, "POST")) == created
    assert not asked(fish, "POST", template="/v1/tts")
    await choosy.stops()
