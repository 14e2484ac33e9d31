"""A machine's clock that is wrong by more than two hours deletes and ends nothing; a host that was off goes on."""

import pytest

from cogs.upkeep import STEP_SECONDS
from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice, until_later, wav
from tests.stories.stored import stored

KEPT = "SELECT (SELECT COUNT(*) FROM {}) AS kept"
TABLES = ("voice", "sample", "share", "utterance", "request", "notice", "log_entry", "server")
WRONG = "The clock of the machine that I run on is wrong"


def kept(bot: BotHere) -> dict[str, int]:
    return {table: stored(bot.place, KEPT.format(table))[0][0] for table in TABLES}


@pytest.fixture
async def ann(discord: Discord, fish: FishAudio, bot: BotHere) -> Member:
    """A member who has one of everything that ends after some time."""
    ann, ben, bea = discord.member("Ann"), discord.member("Ben"), discord.member("Bea")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa", until="3 days")
    await ben.uses("/say", voice="Grandpa", text="Hello")
    await ann.uses("/voice create", name="Draft", sample=wav())
    report = await ann.uses("/voice create", name="Hers", sample=wav(), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    await bea.is_told("Ann asks for your voice.")
    await bot.rests()
    return ann


async def test_a_clock_that_is_ahead_at_a_start(discord: Discord, fish: FishAudio, bot: BotHere, ann: Member) -> None:
    before = kept(bot)
    await bot.stops()
    bot.clock.leaps(days=400)
    await bot.starts()
    await bot.rests()
    assert kept(bot) == before
    assert (await discord.member("Ben").uses("/say", voice="Grandpa", text="Still here")).files
    await discord.owner.is_told(WRONG)

    bot.time_passes(minutes=16)
    await bot.rests()
    assert kept(bot)["sample"] == before["sample"] - 1, "time goes on by Discord's clock: the draft is over"


async def test_a_clock_that_leaps_ahead_while_the_bot_runs(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    before = kept(bot)
    bot.clock.leaps(days=400)
    bot.time_passes(minutes=1)
    await bot.rests()
    assert kept(bot) == before
    await discord.owner.is_told(WRONG)
    assert (await discord.member("Ben").uses("/say", voice="Grandpa", text="Still here")).files


async def test_a_training_does_not_time_out_because_the_clock_leaps(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: fish.voices)
    await bot.until(lambda: stored(bot.place, "SELECT 1 FROM voice WHERE state = 'training'"))
    bot.clock.leaps(days=400)
    bot.time_passes(minutes=1)
    await bot.rests()
    assert stored(bot.place, "SELECT state FROM voice") == [("training",)]


async def test_a_clock_that_is_behind_keeps_nothing_longer(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    await bot.stops()
    bot.clock.leaps(days=-400)
    await bot.starts()
    bot.time_passes(hours=25)
    await until_later(bot, lambda: not stored(bot.place, "SELECT voice_id FROM sample"), minutes=1)


async def test_a_host_that_was_off_for_months_goes_on_once_discord_confirms_the_time(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    await bot.stops()
    bot.time_passes(days=100)
    await bot.starts()
    await bot.rests()
    left = kept(bot)
    assert (left["sample"], left["share"], left["utterance"], left["request"]) == (0, 0, 0, 0)
    assert not [seen for seen in discord.owner.dm_messages if WRONG in seen.text]


async def test_while_discord_does_not_say_what_time_it_is_all_else_goes_on(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member
) -> None:
    before = kept(bot)
    asked = discord.holds("GET", "/oauth2/applications/@me", times=9)
    bot.clock.leaps(days=400)
    bot.time_passes(minutes=16)
    await asked.arrived()
    assert kept(bot) == before
    bot.hangs(seconds=STEP_SECONDS + 1)
    await bot.until(lambda: kept(bot)["sample"] == before["sample"] - 1)  # the draft is over
    asked.release()
