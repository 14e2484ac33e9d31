"""The bot asks about a training until Fish Audio has decided, or until time is up."""

from secrets import token_hex

import pytest

from bot.services.voices.training_polls import MOST_SINGLY
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


async def test_a_voice_that_is_trained_at_once_is_not_polled(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await make_voice(ann, "Grandpa")
    assert not asked(fish, "GET", template=ONE)
    assert len(asked(fish, "GET")) == 1  # the check of the key at the start


@pytest.mark.both_engines
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
async def test_an_unfinished_training_is_asked_about_once_in_each_interval(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")

    for looks in range(5):
        bot.time_passes(seconds=4)
        await bot.rests()
        assert len(asked(fish, "GET", template=ONE)) == looks
        bot.time_passes(seconds=1.1)
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
async def test_a_training_that_is_nearly_due_is_asked_about_with_the_others(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Early")
    await sees_in_list(bot, ann, "“Early”: training")
    bot.time_passes(seconds=40)
    await ask_for_voice(ann, "Late")
    await sees_in_list(bot, ann, "“Late”: training")
    fish.finishes_training("Late")

    bot.time_passes(seconds=21)
    await ann.is_told("“Late” is ready.")
    assert len(asked(fish, "GET")) == 2  # the key at the start, and one page for both
    assert not asked(fish, "GET", template=ONE)


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


@pytest.mark.settings(training_poll_seconds=60, training_timeout_seconds=3600)
async def test_few_of_many_missing_trainings_are_asked_about_one_by_one(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.lists_lag(reads=1000)
    await are_in_training(bot, fish, ann, [f"Voice {number}" for number in range(PAGE_SIZE)])
    pages = len(asked(fish, "GET"))
    bot.time_passes(seconds=61)
    await fish.until(lambda: len(asked(fish, "GET")) > pages)
    await bot.rests()
    assert len(asked(fish, "GET", template=ONE)) == MOST_SINGLY


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
