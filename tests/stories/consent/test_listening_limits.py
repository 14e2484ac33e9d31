"""Listening to recordings costs the host: it is bounded per member, per server and day, whatever a member does."""

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.consent.test_spoken_consent import (
    asks_for_spoken_consent,
    heard,
    is_accepted,
    is_given_a_sentence,
    reading,
)
from tests.stories.running import BotHere
from tests.stories.speech.records.test_allowances import midnight_after
from tests.stories.steps import wav


async def attaches(member: Member, *texts: str) -> str:
    return (await member.uses("/voice create", name="Grandpa", sample=reading(*texts))).text


@pytest.mark.slow
@pytest.mark.settings(daily_recordings_per_member=2)
async def test_a_new_sentence_and_an_erasure_bring_no_new_listenings(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    await asks_for_spoken_consent(discord, bot.database)
    ann, ben = discord.member("Ann"), discord.member("Ben")
    for _ in range(2):
        report = await ann.uses("/voice create", name="Grandpa", sample=reading(await is_given_a_sentence(ann)))
        assert is_accepted(report), report.text
        await ann.clicks(report, "Cancel")

    sentence = await is_given_a_sentence(ann)
    renewal = midnight_after(discord.clock.now())
    assert await attaches(ann, sentence) == (
        f"I have listened to 2 recordings of yours today, which is the most. Use this command again <t:{renewal}:R>."
    )
    await ann.clicks(await ann.uses("/privacy erase"), "Delete everything")
    assert "which is the most" in await attaches(ann, await is_given_a_sentence(ann))
    assert heard(fish) == 2

    assert is_accepted(await ben.uses("/voice create", name="Ben", sample=reading(await is_given_a_sentence(ben))))
    bot.time_passes(seconds=renewal - discord.clock.now() + 1)
    assert is_accepted(await ann.uses("/voice create", name="Ann", sample=reading(await is_given_a_sentence(ann))))


@pytest.mark.slow
@pytest.mark.settings(daily_recordings_per_server=1)
async def test_a_server_has_a_limit_for_all_its_members_together(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    await asks_for_spoken_consent(discord, bot.database)
    ann, ben = discord.member("Ann"), discord.member("Ben")
    sentence, bens = await is_given_a_sentence(ann), await is_given_a_sentence(ben)
    fish.is_busy()
    assert "too busy" in await attaches(ann, sentence)
    fish.hangs_up_after("POST", "/v1/asr")  # nobody knows whether that was paid for, so it counts
    assert "did not answer" in await attaches(ann, sentence)

    told = await attaches(ben, bens)
    assert told.startswith("I have listened to one recording in this server today, which is the most.")


@pytest.mark.slow
@pytest.mark.settings(daily_recordings_per_member=1)
async def test_what_somebody_else_has_agreed_to_can_be_retried_on_another_day(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    await asks_for_spoken_consent(discord, bot.database)
    ann, bea = discord.member("Ann"), discord.member("Bea")
    sentence = await is_given_a_sentence(ann)
    assert "does not hold the sentence" in await attaches(ann, "Something else")
    report = await ann.uses("/voice create", name="Grandma", sample=reading(sentence), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    await bea.clicks(await bea.is_told("Ann asks for your voice."), "Approve")
    failure = await ann.is_told("“Grandma” could not be made.")
    assert "the limit of one recording a day for each member was reached" in failure.text
    assert heard(fish) == 1

    bot.time_passes(seconds=midnight_after(discord.clock.now()) - discord.clock.now() + 1)
    await ann.clicks(failure, "Retry")
    await ann.is_told("“Grandma” is ready.")
    assert heard(fish) == 2


@pytest.mark.slow
async def test_slow_listenings_delay_nobody_elses_report(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    await asks_for_spoken_consent(discord, bot.database)
    crowd, eve = [discord.member(f"Member {number}") for number in range(4)], discord.member("Eve")
    listenings = [fish.holds("POST", "/v1/asr") for _ in crowd]
    waiting = [
        await member.uses(
            "/voice create", name="Grandpa", sample=reading(await is_given_a_sentence(member)), wait=False
        )
        for member in crowd
    ]
    for listening in listenings:
        await listening.arrived()
    assert is_accepted(await eve.uses("/voice create", in_=eve.dm, name="Grandma", sample=wav()))
    for listening in listenings:
        listening.release()
    assert all([is_accepted(await use.reply()) for use in waiting])
