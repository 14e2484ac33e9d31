"""Whatever Fish Audio answers to a sample, it has one voice in the end, and the owner is told."""

import pytest

from sandbox.discord import Discord
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, asked, sees_in_list, until_later
from tests.stories.stored import stored


def searches(fish: FishAudio) -> list[Request]:
    """Return the answered searches for a tag."""
    return [request for request in asked(fish, "GET") if "tag" in request.query and request.status is not None]


@pytest.mark.slow
async def test_a_creation_whose_answer_was_lost_is_found_by_its_tag(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.hangs_up_after("POST", "/model")
    await ask_for_voice(ann, "Grandpa")
    await ann.is_told("“Grandpa” is ready.")
    assert len(asked(fish, "POST")) == 1
    assert len(fish.voices) == 1
    assert searches(fish)[0].query["tag"] == fish.voice("Grandpa").tags[0]


@pytest.mark.slow
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


@pytest.mark.slow
async def test_a_creation_that_failed_is_repeated_when_no_voice_is_found(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.fails("POST", "/model", status=503)
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: searches(fish))
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    await bot.rests()
    assert len(asked(fish, "POST")) == 1

    bot.time_passes(seconds=10)
    await ann.is_told("“Grandpa” is ready.")
    assert len(asked(fish, "POST")) == 2
    assert len(fish.voices) == 1


async def test_a_refused_sample_is_explained_and_not_sent_again(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.fails("POST", "/model", status=400, body={"status": 400, "message": "Too noisy to learn from"})
    await ask_for_voice(ann, "Grandpa")
    notice = await ann.is_told("“Grandpa” could not be made.")
    assert "Fish Audio refused the sample: Too noisy to learn from" in notice.text
    assert len(asked(fish, "POST")) == 1


@pytest.mark.slow
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


@pytest.mark.slow
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
