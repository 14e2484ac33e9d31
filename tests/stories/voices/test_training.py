"""The bot asks about a training until Fish Audio has decided, or until time is up."""

from itertools import pairwise

import pytest

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import (
    ask_for_voice,
    asked,
    make_voice,
    sees_in_list,
    stored,
    until_later,
)

ONE = "/model/{id}"
INTERVALS = (5, 7.5, 11.25, 16.9, 25.3, 38, 57, 60, 60)  # seconds: half as much again each time, up to a minute


async def test_a_voice_that_is_trained_at_once_is_not_polled(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await make_voice(ann, "Grandpa")
    assert not asked(fish, "GET", template=ONE)
    assert len(asked(fish, "GET")) == 1  # the check of the key at the start


async def test_a_slow_training_is_followed_to_its_end(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")
    reply = await ann.uses("/say", text="Hello")
    assert "training" in reply.text

    fish.finishes_training("Grandpa")
    await ann.is_told("“Grandpa” is ready.")
    await sees_in_list(bot, ann, "“Grandpa”: ready, your default")


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
    assert "“Grandpa”: failed, can be retried" in listed.text
    assert "Two people speak" in listed.text


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
    assert len(stored(bot.database, "SELECT * FROM consent")) == 1


async def test_a_state_that_nobody_knows_counts_as_training(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: fish.voices)
    fish.says_state("Grandpa", "being distilled")
    looks = len(asked(fish, "GET", template=ONE))
    await fish.until(lambda: len(asked(fish, "GET", template=ONE)) > looks + 1)
    await sees_in_list(bot, ann, "“Grandpa”: training")

    fish.says_state("Grandpa", "trained")
    await ann.is_told("“Grandpa” is ready.")


@pytest.mark.settings(training_poll_seconds=5, training_timeout_seconds=3600)
async def test_an_unfinished_training_is_polled_less_and_less_often(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")

    for looks, (earlier, interval) in enumerate(pairwise((0, *INTERVALS))):
        too_early = earlier if earlier < interval else 0
        bot.time_passes(seconds=too_early)
        await bot.rests()
        assert len(asked(fish, "GET", template=ONE)) == looks
        bot.time_passes(seconds=interval - too_early + 0.1)
        await fish.until(lambda looks=looks: answers(fish) > looks)
        await sees_in_list(bot, ann, "“Grandpa”: training")


def answers(fish: FishAudio) -> int:
    return sum(request.status is not None for request in asked(fish, "GET", template=ONE))


@pytest.mark.settings(training_poll_seconds=60)
async def test_several_trainings_are_polled_by_one_page(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    names = {"One": ann, "Two": ann, "Three": ben}
    fish.trains = "slowly"
    for name, member in names.items():
        await ask_for_voice(member, name)
        await sees_in_list(bot, member, f"“{name}”: training")
    for name in names:
        fish.finishes_training(name)

    bot.time_passes(seconds=61)
    for name, member in names.items():
        await member.is_told(f"“{name}” is ready.")
    [page] = asked(fish, "GET")[1:]
    assert page.query == {"self": "true", "page_size": "100", "page_number": "1", "sort_by": "created_at"}
    assert not asked(fish, "GET", template=ONE)


@pytest.mark.settings(training_poll_seconds=60)
async def test_a_voice_missing_from_the_page_is_polled_by_its_id(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    fish.lists_lag(reads=100)
    for name in ("Listed late", "Deleted"):
        await ask_for_voice(ann, name)
        await sees_in_list(bot, ann, f"“{name}”: training")
    fish.finishes_training("Listed late")
    fish.removes("Deleted")

    bot.time_passes(seconds=61)
    await ann.is_told("“Listed late” is ready.")
    notice = await ann.is_told("“Deleted” could not be made.")
    assert "Fish Audio no longer has this voice." in notice.text
    assert len(asked(fish, "GET", template=ONE)) == 2


async def test_a_poll_that_goes_wrong_is_repeated(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    fish.fails("GET", "/model/{id}", status=500)
    fish.breaks_behind_its_proxy("GET", "/model/{id}")
    fish.fails("GET", "/model/{id}", hang_up=True)
    fish.fails("GET", "/model/{id}", status=404, body=b"<html>no such page</html>")
    fish.fails("GET", "/model/{id}", status=404, body=b"404 page not found")  # a proxy's words, not Fish Audio's
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: len(asked(fish, "GET", template=ONE)) > 4)
    fish.finishes_training("Grandpa")
    await ann.is_told("“Grandpa” is ready.")


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
