"""A voice gets a new sample: it speaks as before until that is trained, and keeps its name, shares and records."""

import pytest

from sandbox.discord import Discord, Member, Upload
from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.stories.consent.test_spoken_consent import asks_for_spoken_consent, is_given_a_sentence, reading
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import ask_for_voice, has_voice, make_voice, sentence_of, set_speaker, until_later, wav
from tests.stories.stored import stored

ROWS = "SELECT name, state FROM voice"
READY = "“Grandpa” is ready."
UPDATED = "“Grandpa” speaks with its new sample now."


def deeper() -> Upload:
    return Upload("deeper.wav", sample_wav(pitch=90))


async def begin_update(member: Member, name: str = "Grandpa") -> None:
    report = await member.uses("/voice update", voice=name, sample=deeper())
    await member.clicks(report, "Use this sample")


@pytest.mark.slow
@pytest.mark.both_engines
@pytest.mark.settings(max_voices_per_member=1)
async def test_a_voice_speaks_as_before_until_its_new_sample_is_trained(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await ben.uses("/voice default", voice="Grandpa", here=True)
    assert (await ben.uses("/say", text="One")).files
    [before] = fish.voices

    fish.trains = "slowly"
    report = await ann.uses("/voice update", voice="Grandpa", sample=deeper())
    assert report.ephemeral
    assert report.text.startswith("**Your new sample for “Grandpa”**")
    assert "This is my own voice." in report.text
    queued = await ann.clicks(report, "Use this sample")
    assert "Until it is trained, the voice speaks as before" in queued.text
    assert fish.made((await ben.uses("/say", text="Two")).audio, text="Two", voice=before.id)
    assert "“Grandpa”: ready, a new sample is training" in (await ann.uses("/voice list")).text
    assert [name for name, _ in await ann.completes("/say", "voice", "")] == ["Grandpa"]
    refused = await ann.uses("/voice update", voice="Grandpa", sample=wav())
    assert refused.text.startswith("“Grandpa” gets another new sample already.")
    await ann.uses("/voice rename", voice="Grandpa", name="Opa")

    await fish.until(lambda: len(fish.voices) == 2)
    fish.finishes_training("Grandpa")
    told = await ann.is_told("“Opa” speaks with its new sample now.")
    assert "Nothing else has changed" in told.text
    assert "shared with everyone in" in told.text.lower()
    assert (told.buttons, len(told.files)) == (("Say something", "Another preview", "Delete voice"), 1)
    await fish.until(lambda: before.id in [voice.id for voice in fish.deleted])
    [after] = fish.voices
    assert fish.made((await ben.uses("/say", text="Two")).audio, text="Two", voice=after.id), "and not the kept sound"
    shown = await ann.uses("/voice show", voice="Opa")
    assert "shared with everyone in this server" in shown.text
    assert shown.text.count("Ben") == 3, "the records of before are there"
    assert stored(bot.place, ROWS) == [("Opa", "trained")]
    assert stored(bot.place, "SELECT voice_id FROM sample") == []


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_new_sample_that_fails_or_is_cancelled_changes_nothing(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await make_voice(ann, "Grandpa")
    [before] = fish.voices

    report = await ann.uses("/voice update", voice="Grandpa", sample=deeper())
    cancelled = await ann.clicks(report, "Cancel")
    assert cancelled.text == "Cancelled: “Grandpa” stays as it is, and the new sample is deleted."
    fish.fails_next_training(reason="Too much echo")
    await begin_update(ann)
    told = await ann.is_told("The new sample of “Grandpa” can't be used.")
    assert "Too much echo" in told.text
    assert "Nothing has changed: the voice speaks as before." in told.text
    await fish.until(lambda: fish.voices == [before])
    assert fish.made((await ann.uses("/say", text="Hello")).audio, text="Hello", voice=before.id)
    await bot.rests()
    assert stored(bot.place, ROWS) == [("Grandpa", "trained")]

    fish.trains = "slowly"
    await begin_update(ann)
    await fish.until(lambda: len(fish.voices) == 2)
    await ann.clicks(await ann.uses("/voice delete", voice="Grandpa"), "Delete it for good")
    await fish.until(lambda: fish.voices == [])
    assert sentence_of(await ann.uses("/say", text="Hello", voice="Grandpa")).startswith("You deleted “Grandpa”.")


@pytest.mark.slow
async def test_whoever_is_heard_is_asked_again(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    await has_voice(bot, fish, ann, "Grandpa")
    await set_speaker(bot.place, "Grandpa", bea)
    [before] = fish.voices

    elsewhere = await ann.uses("/voice update", voice="Grandpa", sample=deeper(), in_=ann.dm)
    assert "Use `/voice update` in the server where you asked them" in elsewhere.text
    foreign = await bea.uses("/voice update", voice="Grandpa", sample=deeper())
    assert foreign.text == "“Grandpa” belongs to Ann; only they can do that."
    report = await ann.uses("/voice update", voice="Grandpa", sample=deeper())
    await ann.clicks(report, "Ask for consent")
    await bea.clicks(await bea.is_told("Ann asks for your voice."), "Refuse")
    told = await ann.is_told("The new sample of “Grandpa” can't be used.")
    assert "Bea did not agree to it." in told.text
    assert fish.voices == [before]
    bot.time_passes(days=8)

    report = await ann.uses("/voice update", voice="Grandpa", sample=deeper())
    await ann.clicks(report, "Ask for consent")
    approved = await bea.clicks(await bea.is_told("Ann asks for your voice."), "Approve")
    await ann.is_told(UPDATED)
    assert (
        "Revoke" in (await bea.is_told("“Grandpa”, your voice, made by Ann, speaks with its new sample now.")).buttons
    )
    await fish.until(lambda: before.id in [voice.id for voice in fish.deleted])
    assert len(fish.voices) == 1
    assert approved.text.startswith("You agreed: “Grandpa” is your voice now")
    assert stored(bot.place, "SELECT member_id FROM consent") == [(bea.id,)]


@pytest.mark.slow
async def test_a_new_sample_is_no_way_round_spoken_consent(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    unspoken = await ann.uses("/voice update", voice="Grandpa", sample=deeper(), in_=ann.dm)
    await asks_for_spoken_consent(discord, bot.place)

    late = await ann.clicks(unspoken, "Use this sample")
    refused = await ann.uses("/voice update", voice="Grandpa", sample=deeper(), in_=ann.dm)
    for reply in (late, refused):
        assert reply.text.startswith("A new sample of “Grandpa” needs a sentence that is read aloud")
    sentence = await is_given_a_sentence(ann)
    report = await ann.uses("/voice update", voice="Grandpa", sample=reading(sentence))
    await ann.clicks(report, "Use this sample")
    await ann.is_told(UPDATED)
    assert stored(bot.place, "SELECT sentence FROM consent") == [(sentence,)]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["sending", "sent", "trained", "removing"])
async def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    moment: str, process: BotProcess, next_life: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await process.is_up()
    await ask_for_voice(ann, "Grandpa")
    await ann.is_told(READY)
    [before] = fish.voices
    fish.trains = "slowly" if moment == "trained" else "at once"
    method, path = ("DELETE", "/model/{id}") if moment == "removing" else ("POST", "/model")
    held = None if moment == "trained" else fish.holds(method, path, after_work=moment == "sent")
    await begin_update(ann)
    if held is not None:
        await held.arrived()
    else:
        await fish.until(lambda: len(fish.voices) == 2)
    await process.is_killed()
    if held is not None and moment != "sending":
        held.release()
    fish.finishes_training("Grandpa")

    await next_life.starts()
    unfinished = (
        "SELECT id FROM voice WHERE state <> 'trained' UNION ALL SELECT id FROM removal "
        "UNION ALL SELECT id FROM notice WHERE next_attempt_at IS NOT NULL"
    )
    await until_later(next_life, lambda: not stored(next_life.place, unfinished), minutes=0.5)
    assert stored(next_life.place, ROWS) == [("Grandpa", "trained")]
    [after] = fish.voices
    assert after.id != before.id
    assert fish.made((await ann.uses("/say", text="Hello")).audio, text="Hello", voice=after.id)
    assert [len([seen for seen in ann.dm_messages if told in seen.text]) for told in (READY, UPDATED)] == [1, 1]
