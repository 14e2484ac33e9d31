"""The bot asks about a training until Fish Audio has decided, or until time is up."""

from secrets import token_hex

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import (
    ask_for_voice,
    asked,
    make_voice,
    sees_in_list,
    until_later,
)
from tests.stories.stored import Connection, add_row, change_stored, stored

ONE = "/model/{id}"
PAGE_SIZE = 100


@pytest.mark.slow
async def test_a_voice_that_is_trained_at_once_is_not_polled(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await make_voice(ann, "Grandpa")
    assert not asked(fish, "GET", template=ONE)
    assert len(asked(fish, "GET")) == 1  # the check of the key at the start


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_slow_training_is_followed_to_its_end(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")

    fish.finishes_training("Grandpa")
    await ann.is_told("“Grandpa” is ready.")
    await sees_in_list(bot, ann, "“Grandpa”: ready, your default")


@pytest.mark.slow
async def test_a_failed_training_is_explained_and_leaves_nothing_upstream(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.fails_training("Grandpa", reason="Two people speak in *this* recording")
    await ask_for_voice(ann, "Grandpa")
    notice = await ann.is_told("“Grandpa” could not be made.")
    assert r"Two people speak in \*this\* recording" in notice.text
    assert notice.buttons == ("Retry", "Delete voice")
    await fish.until(lambda: not fish.voices)
    listed = await ann.uses("/voice list")
    assert "“Grandpa”: failed, still usable with `/say`, can be retried" in listed.text
    assert "Two people speak" in listed.text


@pytest.mark.slow
async def test_a_voice_that_is_taken_down_in_training_is_given_up(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: fish.voices)
    fish.takes_down("Grandpa")
    notice = await ann.is_told("“Grandpa” could not be made.")
    assert "Fish Audio has taken this voice down." in notice.text
    await fish.until(lambda: not fish.voices)


@pytest.mark.slow
async def test_time_does_not_run_out_while_only_the_host_can_help(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")
    good = fish.account.key
    fish.account.key = "renewed"
    await sees_in_list(bot, ann, "waiting for the bot's host")
    await discord.owner.is_told("Fish Audio refuses my API key")
    for _ in range(2):
        bot.time_passes(minutes=5)
        await sees_in_list(bot, ann, "waiting for the bot's host")

    fish.account.key = good
    fish.finishes_training("Grandpa")
    await until_later(bot, lambda: ann.news, minutes=5)
    await ann.is_told("“Grandpa” is ready.")


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_training_that_never_ends_times_out_and_can_be_tried_again(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.gets_stuck()
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")

    bot.time_passes(minutes=5)
    notice = await ann.is_told("“Grandpa” could not be made.")
    assert "timed out" in notice.text
    await fish.until(lambda: not fish.voices)

    await ann.clicks(notice, "Retry")
    await ann.is_told("“Grandpa” is ready.")
    first, second = asked(fish, "POST")
    assert {part.data for part in first.body.files} == {part.data for part in second.body.files}
    assert len(stored(bot.place, "SELECT * FROM consent")) == 1


@pytest.mark.slow
@pytest.mark.settings(training_poll_seconds=60, training_timeout_seconds=3600)
async def test_hundreds_of_trainings_take_a_page_for_each_hundred(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    names = [f"Voice {number}" for number in range(2 * PAGE_SIZE + 50)]
    await are_in_training(bot, fish, ann, names)
    fish.finishes_training(names[0])  # the oldest, on the last page
    fish.finishes_training(names[-1])
    pages = len(asked(fish, "GET"))

    bot.time_passes(seconds=61)
    await ann.is_told(f"“{names[0]}” is ready.")
    await ann.is_told(f"“{names[-1]}” is ready.")
    await bot.rests()
    assert [request.query["page_number"] for request in asked(fish, "GET")[pages:]] == ["1", "2", "3"]
    assert not asked(fish, "GET", template=ONE)

    bot.time_passes(seconds=61)
    await bot.rests()
    assert len(asked(fish, "GET")[pages:]) == 6


@pytest.mark.slow
async def test_a_training_that_was_never_polled_is_polled_at_the_next_start(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")
    await bot.stops()
    fish.finishes_training("Grandpa")
    bot.time_passes(hours=2)
    await bot.starts()
    await ann.is_told("“Grandpa” is ready.")


async def are_in_training(bot: BotHere, fish: FishAudio, owner: Member, names: list[str]) -> None:
    """Write voices in training into the database, due in half a minute, as creations would leave them."""
    models = [fish.adds_voice(name) for name in names]
    now, place = bot.clock.now(), {"guild_id": owner.home.id, "channel_id": owner.home.channels[0].id}

    def add(connection: Connection) -> None:
        for slot, model in enumerate(models, start=100):
            model.state = "training"
            voice = {"id": token_hex(8), "owner_id": owner.id, "owner_name": owner.name, "slot": slot, **place}
            voice |= {"name": model.title, "name_key": model.title.casefold(), "state": "training"}
            voice |= {"fish_id": model.id, "since": now, "created_at": now, "next_attempt_at": now + 30_000}
            add_row(connection, "voice", voice)

    await change_stored(bot.place, add)
