"""Members and servers may have only so many characters spoken per UTC day."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import callback_of, has_voice, sentence_of, until_answered


def midnight_after(moment: float) -> int:
    """Return the UTC midnight that ends the day of a moment, in seconds since 1970."""
    day = datetime.fromtimestamp(moment, UTC).date() + timedelta(days=1)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@pytest.mark.slow
@pytest.mark.both_engines
@pytest.mark.settings(daily_characters_per_member=20)
async def test_the_daily_characters_are_renewed_at_midnight(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")

    spoken = await ann.uses("/say", text="Twelve chars")
    assert fish.made(spoken.audio, text="Twelve chars")

    renewal = midnight_after(discord.clock.now())
    refusal = await ann.uses("/say", text="Nine more")
    assert sentence_of(refusal) == (
        f"This text has 9 characters, and you have 8 of your 20 left today. Shorten it, or try again <t:{renewal}:R>."
    )
    assert refusal.ephemeral

    assert (await ann.uses("/say", text="**Eight** it")).files, "only what is spoken counts"
    assert (await ben.uses("/say", voice="Grandpa", text="My own twenty today")).files

    bot.time_passes(seconds=renewal - discord.clock.now() + 1)
    assert (await ann.uses("/say", text="Another day, another")).files


@pytest.mark.settings(daily_characters_per_member=10)
async def test_only_what_fish_audio_has_spoken_is_counted_even_if_it_is_not_posted(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    discord.fails("POST", "/interactions/*/callback", status=404, code=10062)
    unheard = await ann.uses("/say", text="Hello", wait=False)
    await until_answered(discord, "POST", callback_of(unheard), status=404)
    fish.is_busy(retry_after=3600)
    assert "too busy" in (await ann.uses("/say", text="Hello")).text
    speech = fish.holds("POST", "/v1/tts")
    use = await ann.uses("/say", text="Hello", wait=False)
    await speech.arrived()
    assert "you have 5 of your 10 left" in (await ann.uses("/say", text="Hello!")).text
    discord.fails("PATCH", "/webhooks/*/@original", status=403, code=50013)
    speech.release()
    assert "did not take the sound" in (await use.reply()).text
    assert "you have 5 of your 10 left" in (await ann.uses("/say", text="Hello!")).text


@pytest.mark.settings(daily_characters_total=8)
async def test_the_hosts_limit_for_everybody_together_holds(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await has_voice(bot, fish, ben, "Grandma")
    assert (await ann.uses("/say", text="Hello")).files
    assert "this bot has 3 of its 8 for everybody left today" in (await ben.uses("/say", text="Hello")).text
    assert (await ben.uses("/say", text="Hey")).files


@pytest.mark.settings(daily_characters_per_member=5)
async def test_an_interaction_that_is_delivered_twice_is_counted_once(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    reply = await ann.uses("/say", text="Hello", deliver=2)

    assert fish.made(reply.audio, text="Hello")
    assert not reply.interaction.followups


@pytest.mark.slow
@pytest.mark.settings(daily_characters_per_member=0)
async def test_zero_means_no_limit(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    assert (await ann.uses("/say", text="word " * 200)).files
    assert (await ann.uses("/say", text="word " * 200)).files
