"""`/usage` shows a member their own numbers, and managers the server's, in words and as a picture."""

from io import BytesIO

import pytest
from PIL import Image

from cogs.common.charts import HEIGHT, WIDTH, Series, bar_charts
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice


@pytest.mark.slow
@pytest.mark.settings(daily_characters_per_member=2000)
async def test_members_see_their_own_use_and_managers_the_server_s_too(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, mia = discord.member("Ann"), discord.manager("Mia")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await ann.uses("/say", text="Five!")
    bot.time_passes(days=1)
    await ann.uses("/say", text="Twelve chars")
    await ann.uses("/say", text="More", in_=ann.dm)
    form = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
    await mia.fills(form, server_characters="1000")
    await mia.uses("/say", voice="Grandpa", text="Hello there")

    mine = await ann.uses("/usage")
    assert mine.ephemeral
    assert mine.text.startswith(
        "**Your characters today**\n"
        "- in this server: 12, without a limit\n"
        "- everywhere: 16 of 2,000, 1,984 left\n"
        "-# A new day begins <t:"
    )
    [picture] = mine.files
    assert Image.open(BytesIO(picture.data)).size == (WIDTH, HEIGHT)
    assert picture.description is not None
    assert ": 21 in all; most on " in picture.description
    assert "server" not in picture.description

    both = await mia.uses("/usage")
    assert "**This server's characters today**\n- all members together: 23 of 1,000, 977 left\n" in both.text
    assert both.files[0].description is not None
    assert "This server's characters per day" in both.files[0].description
    assert ": 28 in all; most on " in both.files[0].description
    assert "in this server" not in (await ann.uses("/usage", in_=ann.dm)).text


@pytest.mark.slow
async def test_the_host_sees_what_everybody_costs_and_nobody_else_does(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, host = discord.member("Ann"), discord.owner
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/say", text="x" * 1000)
    bot.time_passes(days=1)
    await ann.uses("/say", text="Hello", in_=ann.dm)
    assert "USD" not in (await ann.uses("/usage")).text
    seen = await host.uses("/usage", in_=host.dm)
    assert seen.text.endswith(
        "**Everybody's characters, in all servers, which you pay for**\n"
        "- today: 5, less than 0.01 USD\n"
        "- in the last 30 days: 1,005, about 0.02 USD\n"
        "-# Fish Audio takes 15 USD for a million plain letters; other scripts cost up to four times as much. "
        "Previews, and recordings that were listened to, come on top."
    )


def test_a_bar_is_as_high_as_its_day() -> None:
    days = [("2026-11-21", 0), ("2026-11-22", 50), ("2026-11-23", 100)]
    picture = Image.open(BytesIO(bar_charts([Series("Title", days)]))).convert("RGB")

    def coloured(place: int) -> int:
        """Count the bar's pixels in a day's middle column."""
        column = int(40 + (WIDTH - 80) / 3 * (place + 0.5))
        pixels = [picture.getpixel((column, row)) for row in range(80, HEIGHT - 46)]
        return sum(pixel in {(0x7C, 0x87, 0xF7), (0xF0, 0xB2, 0x32)} for pixel in pixels)

    nothing, half, whole = (coloured(place) for place in range(3))
    assert nothing == 0
    assert abs(2 * half - whole) < 10
    bar_charts([Series("Nothing yet", [("2026-11-23", 0)])])
