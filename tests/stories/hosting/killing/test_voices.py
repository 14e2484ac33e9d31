"""After a kill -9 at any moment, the next start continues the work, doubles nothing, and tells the owner once."""

import asyncio
import itertools
import random

import pytest

from sandbox.discord import Discord, Member
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import ask_for_voice, asked, has_voice, sentence_of, until_later, wav
from tests.stories.stored import stored

LIVES = 2  # and one more at either end
NEWS = "SELECT id FROM notice WHERE next_attempt_at IS NOT NULL"
UNFINISHED = """
    SELECT id FROM voice WHERE state IN ('queued', 'training', 'deleting') UNION ALL SELECT id FROM removal
    UNION ALL SELECT id FROM notice WHERE next_attempt_at IS NOT NULL
"""


@pytest.fixture
async def ann(discord: Discord) -> Member:
    return discord.member("Ann")


async def all_is_well(next_life: BotHere, ann: Member, fish: FishAudio) -> None:
    """Wait until all work is done, and check that there is one voice, one notice, and that the voice speaks."""
    await next_life.until(lambda: not stored(next_life.place, NEWS))
    await until_later(next_life, lambda: not stored(next_life.place, UNFINISHED), minutes=1)
    assert [voice.title for voice in fish.voices] == ["Grandpa"]
    assert [seen.text for seen in ann.dm_messages if "is ready" in seen.text] == [ann.dm_messages[0].text]
    reply = await ann.uses("/say", text="I am back")
    assert fish.made(reply.audio, text="I am back", voice="Grandpa")


async def test_a_draft_still_waits_for_its_consent(
    process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    await process.is_up()
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    await process.is_killed()

    await next_life.starts()
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“Grandpa” is ready.")
    await all_is_well(next_life, ann, fish)


async def test_a_voice_that_waits_for_its_upload_is_uploaded(
    process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    fish.fails("POST", "/model", status=429, headers={"Retry-After": "300"})
    await process.is_up()
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: [request.status for request in asked(fish, "POST")] == [429])
    await process.is_killed()

    await next_life.starts()
    next_life.time_passes(seconds=15)  # if the refusal was not recorded, the voice is looked for first
    await ann.is_told("“Grandpa” is ready.")
    await all_is_well(next_life, ann, fish)


async def test_an_upload_that_was_cut_off_is_repeated_and_a_voice_that_appears_late_is_removed(
    process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    upload = fish.holds("POST", "/model")
    await process.is_up()
    await ask_for_voice(ann, "Grandpa")
    await upload.arrived()
    await process.is_killed()

    await next_life.starts()
    await until_later(next_life, lambda: len(asked(fish, "POST")) == 2, minutes=0.1)
    await ann.is_told("“Grandpa” is ready.")
    upload.release()  # Fish Audio had the upload and makes the voice late
    await fish.until(lambda: len(fish.voices) == 2)
    await all_is_well(next_life, ann, fish)
    assert len(asked(fish, "POST")) == 2


async def test_an_upload_that_was_done_is_found_again(
    process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    upload = fish.holds("POST", "/model", after_work=True)
    await process.is_up()
    await ask_for_voice(ann, "Grandpa")
    await upload.arrived()
    await process.is_killed()

    await next_life.starts()
    await ann.is_told("“Grandpa” is ready.")
    await all_is_well(next_life, ann, fish)
    assert len(asked(fish, "POST")) == 1


@pytest.mark.parametrize("outcome", ["is ready", "could not be trained"])
async def test_a_training_that_ended_meanwhile_is_reported(
    outcome: str, process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    fish.trains = "slowly"
    await process.is_up()
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: asked(fish, "GET", template="/model/{id}"))
    await process.is_killed()

    if outcome == "is ready":
        fish.finishes_training("Grandpa")
        await next_life.starts()
        await ann.is_told("“Grandpa” is ready.")
        await all_is_well(next_life, ann, fish)
    else:
        fish.fails_training("Grandpa")
        await next_life.starts()
        await ann.is_told("The audio quality is too low")
        await until_later(next_life, lambda: not stored(next_life.place, UNFINISHED), minutes=1)
        assert (len(ann.dm_messages), fish.voices) == (1, [])


@pytest.mark.parametrize(("arrived", "minutes"), [(False, 0), (True, 0), (True, 10)])
async def test_an_owner_whom_the_bot_was_telling_hears_it_once(
    arrived: bool,
    minutes: float,
    process: BotProcess,
    next_life: BotHere,
    ann: Member,
    discord: Discord,
    fish: FishAudio,
) -> None:
    telling = discord.holds("POST", f"/channels/{ann.dm.id}/messages", after_work=arrived)
    await process.is_up()
    await ask_for_voice(ann, "Grandpa")
    await telling.arrived()
    await process.is_killed()
    if arrived:
        telling.release()

    next_life.time_passes(minutes=minutes)  # Discord forgets which messages it was sent
    await next_life.starts()
    await ann.is_told("“Grandpa” is ready.")
    await all_is_well(next_life, ann, fish)


@pytest.mark.parametrize("done", [False, True])
async def test_a_deletion_is_carried_out(
    done: bool, process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    await process.is_up()
    await has_voice(process, fish, ann, "Grandpa")
    question = await ann.uses("/voice delete", voice="Grandpa")
    deletion = fish.holds("DELETE", "/model/{id}", after_work=done)
    await ann.clicks(question, "Delete it for good")
    await deletion.arrived()
    await process.is_killed()

    await next_life.starts()
    reply = await ann.uses("/say", text="Hello", voice="Grandpa")
    assert sentence_of(reply) == "You deleted “Grandpa”. `/voice create` makes a new one."
    await next_life.until(lambda: not stored(next_life.place, UNFINISHED))
    assert fish.voices == []
    assert stored(next_life.place, "SELECT * FROM voice") == []


async def test_a_request_for_consent_is_sent_once_and_its_answer_counts(
    process: BotProcess, next_life: BotHere, ann: Member, discord: Discord, fish: FishAudio
) -> None:
    bea = discord.member("Bea")
    asking = discord.holds("POST", f"/channels/{bea.dm.id}/messages")
    await process.is_up()
    report = await ann.uses("/voice create", name="Grandpa", sample=wav(), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    await asking.arrived()
    await process.is_killed()

    await process.is_up()
    question = await bea.is_told("Ann asks for your voice.")
    assert asked(fish, "POST") == []
    thanking = discord.holds("POST", "/interactions/*/callback", after_work=True)
    await bea.clicks(question, "Approve", wait=False)
    await thanking.arrived()
    await process.is_killed()

    await next_life.starts()
    next_life.time_passes(seconds=15)  # if the upload had begun, the voice is looked for first
    await ann.is_told("“Grandpa” is ready.")
    await all_is_well(next_life, ann, fish)
    await bea.is_told("“Grandpa”, your voice, made by Ann, is ready.")
    assert len(bea.dm_messages) == 2
    assert bea.dm_messages[0].text.startswith("You agreed: “Grandpa” is your voice now")


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_bot_that_is_killed_again_and_again_makes_one_voice_and_says_so_once(
    seed: int, process: BotProcess, next_life: BotHere, ann: Member, discord: Discord, fish: FishAudio
) -> None:
    draw = random.Random(seed)  # noqa: S311 - a repeatable choice of moments
    fish.trains_after(reads=2)
    await process.is_up()
    enough = after(draw.randint(1, 5), discord, fish)
    await ask_for_voice(ann, "Grandpa")
    await enough.wait()
    await process.is_killed()
    for _ in range(LIVES):
        enough = after(draw.randint(2, 5), discord, fish)
        if not ann.news:
            await process.starts()
            await enough.wait()
            await process.is_killed()

    await next_life.starts()
    next_life.time_passes(seconds=15)
    await ann.is_told("“Grandpa” is ready.")
    await all_is_well(next_life, ann, fish)


def after(number: int, discord: Discord, fish: FishAudio) -> asyncio.Event:
    """Return an event that is set after so many requests for a voice, or when somebody was told of it."""
    reached, begun = asyncio.Event(), itertools.count(1)

    def count(request: Request) -> None:
        is_work = request.path.startswith(("/model", "/v1/tts", "/users/@me/channels", "/channels/"))
        if is_work and (next(begun) >= number or request.path.endswith("/messages")):
            reached.set()

    discord.watch(count)
    fish.watch(count)
    return reached


@pytest.mark.settings(daily_characters_per_member=len("Hello"))
async def test_characters_of_a_sound_that_was_never_posted_are_given_back(
    process: BotProcess, next_life: BotHere, ann: Member, fish: FishAudio
) -> None:
    await process.is_up()
    await has_voice(process, fish, ann, "Grandpa")
    speech = fish.holds("POST", "/v1/tts")
    await ann.uses("/say", text="Hello", wait=False)
    await speech.arrived()
    await process.is_killed()
    speech.release()

    await next_life.starts()
    assert stored(next_life.place, "SELECT DISTINCT characters FROM budget") == [(0,)]
    reply = await ann.uses("/say", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")
    await next_life.until(lambda: not stored(next_life.place, "SELECT id FROM charge"))


async def test_a_sound_that_was_being_posted_is_known_and_can_be_deleted(
    process: BotProcess, next_life: BotHere, ann: Member, discord: Discord, fish: FishAudio
) -> None:
    await process.is_up()
    await has_voice(process, fish, ann, "Grandpa")
    posting = discord.holds("PATCH", "/webhooks/*/@original", after_work=True)
    use = await ann.uses("/say", text="Hello", wait=False)
    await posting.arrived()
    await process.is_killed()
    posting.release()
    said = await use.reply()

    await next_life.starts()
    told = await ann.uses_on("Who said this?", said).reply()
    assert "asked for by Ann" in told.text
    assert said.message is not None
    assert f"/{said.message.id}" in (await ann.uses("/voice show", voice="Grandpa")).text
    await ann.clicks(said, "Delete")
    assert said.message is not None
    assert said.message.deleted
