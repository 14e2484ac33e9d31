"""Whatever Fish Audio answers to a sample, it has one voice in the end, and the owner is told."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.discord import Discord
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, asked, sees_in_list, until_later
from tests.stories.stored import stored

Trouble = Callable[[FishAudio], object]

DONE_ALL_THE_SAME: dict[str, Trouble] = {
    "500": lambda fish: fish.fails("POST", "/model", status=500, after_work=True),
    "hang-up": lambda fish: fish.hangs_up_after("POST", "/model"),
    "garbled": lambda fish: fish.garbles_creations(),
    "no id": lambda fish: fish.fails("POST", "/model", status=201, body={"state": "trained"}, after_work=True),
}
NOT_DONE: dict[str, Trouble] = {
    "503": lambda fish: fish.fails("POST", "/model", status=503),
    "proxy": lambda fish: fish.breaks_behind_its_proxy("POST", "/model"),
    "hang-up": lambda fish: fish.fails("POST", "/model", hang_up=True),
}


def searches(fish: FishAudio) -> list[Request]:
    """Return the answered searches for a tag."""
    return [request for request in asked(fish, "GET") if "tag" in request.query and request.status is not None]


@pytest.mark.parametrize("trouble", DONE_ALL_THE_SAME.values(), ids=DONE_ALL_THE_SAME)
async def test_a_creation_whose_answer_was_lost_is_found_by_its_tag(
    trouble: Trouble, discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    trouble(fish)
    await ask_for_voice(ann, "Grandpa")
    await ann.is_told("“Grandpa” is ready.")
    assert len(asked(fish, "POST")) == 1
    assert len(fish.voices) == 1
    assert searches(fish)[0].query["tag"] == fish.voice("Grandpa").tags[0]


async def test_an_answer_with_the_id_of_another_voice_gives_nobody_that_voice(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await ask_for_voice(ann, "Grandpa")
    await ann.is_told("“Grandpa” is ready.")
    taken = {"_id": fish.voice("Grandpa").id, "state": "trained"}
    fish.fails("POST", "/model", status=201, body=taken, after_work=True)
    await ask_for_voice(ben, "Grandma")
    await fish.until(lambda: len(fish.voices) == 2)
    await sees_in_list(bot, ben, "“Grandma”: waiting for Fish Audio")
    bot.time_passes(seconds=5)
    await ben.is_told("“Grandma” is ready.")
    reply = await ben.uses("/say", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandma")
    assert not fish.deleted


@pytest.mark.parametrize("trouble", NOT_DONE.values(), ids=NOT_DONE)
async def test_a_creation_that_failed_is_repeated_when_no_voice_is_found(
    trouble: Trouble, discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    trouble(fish)
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: searches(fish))
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    await bot.rests()
    assert len(asked(fish, "POST")) == 1

    bot.time_passes(seconds=10)
    await ann.is_told("“Grandpa” is ready.")
    first, second = asked(fish, "POST")
    assert len(fish.voices) == 1
    assert tag_of(first) != tag_of(second)


def tag_of(request: Request) -> bytes:
    [tag] = [part.data for part in request.body.parts if part.name == "tags"]
    return tag


async def test_a_voice_that_lists_show_late_is_waited_for(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.lists_lag(reads=3)
    fish.hangs_up_after("POST", "/model")
    await ask_for_voice(ann, "Grandpa")
    for looks in (1, 2, 3):
        await fish.until(lambda looks=looks: len(searches(fish)) >= looks)
        await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
        bot.time_passes(seconds=3)
    await ann.is_told("“Grandpa” is ready.")
    assert len(asked(fish, "POST")) == 1


async def test_a_voice_that_is_found_after_a_second_attempt_is_deleted(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.lists_lag(reads=4)
    fish.hangs_up_after("POST", "/model")
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: searches(fish))
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    bot.time_passes(seconds=10)
    await ann.is_told("“Grandpa” is ready.")
    assert len(asked(fish, "POST")) == 2

    await until_later(bot, lambda: fish.deleted, minutes=0.1)
    first, second = asked(fish, "POST")
    assert [voice.tags for voice in fish.deleted] == [[tag_of(first).decode()]]
    assert [voice.tags for voice in fish.voices] == [[tag_of(second).decode()]]


async def test_an_overloaded_service_is_left_alone_for_as_long_as_it_asks(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.fails("POST", "/model", status=503, headers={"Retry-After": "60"})
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: searches(fish))
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    bot.time_passes(seconds=30)
    await fish.until(lambda: len(searches(fish)) > 1)
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    await bot.rests()
    assert len(asked(fish, "POST")) == 1

    bot.time_passes(seconds=31)
    await ann.is_told("“Grandpa” is ready.")


async def test_a_busy_service_is_asked_again_when_it_says_so(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.fails("POST", "/model", status=429, headers={"Retry-After": "40"})
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: [request for request in asked(fish, "POST") if request.status])
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    bot.time_passes(seconds=20)
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    await bot.rests()
    assert len(asked(fish, "POST")) == 1

    bot.time_passes(seconds=21)
    await ann.is_told("“Grandpa” is ready.")
    assert not searches(fish)  # a 429 leaves nothing to look for


REFUSALS: dict[str, tuple[int, Any]] = {
    "400": (400, {"status": 400, "message": "Too noisy to learn from"}),
    "413": (413, "Too noisy to learn from"),
    "422": (422, [{"loc": ["body", "voices"], "type": "value_error", "msg": "Too noisy to learn from"}]),
}


@pytest.mark.parametrize(("status", "body"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refused_sample_is_explained_and_not_sent_again(
    status: int, body: object, discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.fails("POST", "/model", status=status, body=body)
    await ask_for_voice(ann, "Grandpa")
    notice = await ann.is_told("“Grandpa” could not be made.")
    assert "Fish Audio refused the sample: Too noisy to learn from" in notice.text
    assert len(asked(fish, "POST")) == 1


async def test_work_waits_for_credit_and_the_host_is_told_once_an_hour(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    hosts = [discord.member("Hana"), discord.member("Ivo")]
    discord.owned_by_team(hosts)
    await bot.restarts()
    fish.fails("POST", "/model", status=402, times=4)
    await ask_for_voice(ann, "Grandpa")
    for host in hosts:
        await host.is_told("Fish Audio API credit is used up")
    await ask_for_voice(ben, "Grandma")
    for member in (ann, ben):
        await sees_in_list(bot, member, "waiting for the bot's host")

    bot.time_passes(minutes=5)
    await fish.until(lambda: len([request for request in asked(fish, "POST") if request.status]) >= 4)
    for member in (ann, ben):
        await sees_in_list(bot, member, "waiting for the bot's host")
    blocked = "SELECT id FROM voice WHERE state = 'queued' AND held_for = 'credit'"
    await bot.until(lambda: len(stored(bot.place, blocked)) == 2)  # the next tries are planned
    bot.time_passes(minutes=5)
    await ann.is_told("“Grandpa” is ready.")
    await ben.is_told("“Grandma” is ready.")
    assert not any(host.news for host in hosts)

    bot.time_passes(hours=1)
    fish.fails("POST", "/model", status=402, times=99)
    await ask_for_voice(ann, "Again")
    for host in hosts:
        await host.is_told("Fish Audio API credit is used up")

    await bot.until(lambda: len(stored(bot.place, blocked)) == 1)
    bot.time_passes(hours=24)
    kept = "SELECT voice_id FROM sample UNION ALL SELECT id FROM voice WHERE state = 'queued'"
    await until_later(bot, lambda: not stored(bot.place, kept), minutes=0.5)
    notice = await ann.is_told("“Again” could not be made.** Fish Audio did not take the sample within 24 hours")
    assert notice.buttons == ("Delete voice",)


async def test_work_that_waits_for_a_good_key_continues_at_the_next_start(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    good = fish.account.key
    fish.account.key = "renewed"
    await ask_for_voice(ann, "Grandpa")
    await discord.owner.is_told("Fish Audio refuses my API key")
    await sees_in_list(bot, ann, "waiting for the bot's host")

    fish.account.key = good
    await bot.restarts()
    await ann.is_told("“Grandpa” is ready.")
    assert len(fish.voices) == 1
