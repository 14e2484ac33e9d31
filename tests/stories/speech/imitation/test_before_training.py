"""A voice speaks from the moment of consent: its sample is imitated until it is trained."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.clock import SECOND
from bot.services.common.background import CLAIM
from sandbox.discord import Discord, Member, Reply, Upload
from sandbox.fish_audio import FishAudio
from sandbox.sound import Sound, pitch_of
from sandbox.speech import PASSAGE, sample_wav
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import asked, sees_in_list, sentence_of
from tests.stories.stored import stored

HEARD = "/v1/asr"
SPOKEN = "/v1/tts"


@pytest.fixture
async def ann(discord: Discord, fish: FishAudio, bot: BotHere) -> Member:
    fish.trains = "slowly"
    return discord.member("Ann")


async def creates(ann: Member, name: str, *, seconds: float = 12, transcript: str | None = None) -> Reply:
    """Attach a sample of a voice at 200 Hz, and consent."""
    sample = Upload("sample.wav", sample_wav(seconds=seconds, pitch=200))
    options: dict[str, Any] = {"name": name, "sample": sample}
    if transcript is not None:
        options["transcript"] = transcript
    report = await ann.uses("/voice create", wait=True, **options)
    return await ann.clicks(report, "Create my voice")


def never_both(fish: FishAudio) -> bool:
    """Return whether each sound was made from a voice at Fish Audio or from a recording sent along, never from both."""
    return all(bool(spoken.references) != bool(spoken.voice_ids) for spoken in fish.spoken)


@pytest.mark.slow
@pytest.mark.both_engines
@pytest.mark.settings(sound_cache_megabytes=1)
async def test_a_voice_speaks_at_once_and_the_trained_one_takes_over(
    ann: Member, fish: FishAudio, bot: BotHere
) -> None:
    consent = await creates(ann, "Grandpa")
    assert "You can already use it: `/say`." in consent.text
    await sees_in_list(bot, ann, "“Grandpa”: training, already usable with `/say`")
    assert [name for name, _ in await ann.completes("/say", "voice", "g")] == ["Grandpa"]

    said = [await ann.uses("/say", text=text) for text in ("Good morning", "Good morning", "Good night")]
    assert said[0].text.endswith("from the sample alone, until the trained voice takes over")
    assert pitch_of(said[2].audio) == pytest.approx(200, rel=0.1)
    assert [spoken.references[0].text for spoken in fish.spoken] == [PASSAGE, PASSAGE]
    assert len(asked(fish, "POST", template=HEARD)) == 1
    assert "synthetic voice of Ann" in (await ann.uses_on("Who said this?", said[2]).reply()).text

    fish.finishes_training("Grandpa")
    await ann.is_told("“Grandpa” is ready.")
    trained = await ann.uses("/say", text="Good morning")
    assert fish.made(trained.audio, text="Good morning", voice="Grandpa")
    assert "sample" not in trained.text
    assert never_both(fish)
    assert stored(bot.place, "SELECT * FROM excerpt") == []


@pytest.mark.slow
async def test_a_transcript_that_was_given_is_used_and_not_paid_for(ann: Member, fish: FishAudio) -> None:
    await creates(ann, "Grandpa", transcript="When the sunlight strikes")
    assert (await ann.uses("/say", text="Hello")).audio
    assert [spoken.references[0].text for spoken in fish.spoken] == ["When the sunlight strikes"]
    assert not asked(fish, "POST", template=HEARD)


@pytest.mark.slow
async def test_of_a_long_sample_a_part_is_sent_with_what_is_said_in_that(ann: Member, fish: FishAudio) -> None:
    fish.hears("What the part says")
    await creates(ann, "Grandpa", seconds=50, transcript="What all of it says")
    assert (await ann.uses("/say", text="Hello")).audio
    [reference] = fish.spoken[0].references
    assert reference.text == "What the part says"
    assert 20 <= Sound.decode(reference.audio).seconds <= 30


@pytest.mark.slow
async def test_it_goes_on_when_the_training_has_failed_until_the_sample_goes(
    ann: Member, fish: FishAudio, bot: BotHere
) -> None:
    await creates(ann, "Grandpa")
    fish.fails_training("Grandpa")
    failure = await ann.is_told("“Grandpa” could not be made.")
    assert "Until then you can use it with `/say`" in failure.text
    said = await ann.uses("/say", text="Hello")
    assert said.text.endswith("from the sample alone, since the training has failed")
    assert said.audio
    assert never_both(fish)

    bot.time_passes(minutes=24 * 60)
    refused = await ann.uses("/say", text="Hello", voice="Grandpa")
    assert refused.text.startswith("“Grandpa” has failed. `/voice show` says why and what to do.")


@pytest.mark.slow
async def test_a_voice_that_fish_audio_takes_down_is_not_imitated(ann: Member, fish: FishAudio, bot: BotHere) -> None:
    await creates(ann, "Grandpa")
    await fish.until(lambda: fish.voices)
    fish.takes_down("Grandpa")
    bot.time_passes(minutes=1)
    failure = await ann.is_told("Fish Audio has taken this voice down.")
    assert "Retry" not in failure.text
    assert (await ann.uses("/say", text="Hello", voice="Grandpa")).text.startswith("“Grandpa” has failed.")
    assert stored(bot.place, "SELECT * FROM sample") == []


@pytest.mark.slow
async def test_what_imitates_a_voice_that_is_taken_down_while_discord_takes_it_is_taken_back(
    discord: Discord, ann: Member, fish: FishAudio, bot: BotHere
) -> None:
    await creates(ann, "Grandpa")
    await fish.until(lambda: fish.voices)
    posting = discord.holds("PATCH", "/webhooks/*/@original")
    use = await ann.uses("/say", text="Hello", voice="Grandpa", wait=False)
    await posting.arrived()
    fish.takes_down("Grandpa")
    bot.time_passes(minutes=1)
    await ann.is_told("Fish Audio has taken this voice down.")
    posting.release()
    await use.reply()
    await bot.rests()
    assert stored(bot.place, "SELECT id FROM utterance") == []
    witness = discord.member("Witness")
    assert not [seen for seen in discord.messages(discord.server.channels[0], viewer=witness) if seen.files]


@pytest.mark.slow
@pytest.mark.settings(daily_recordings_per_member=1, daily_characters_per_member=12)
async def test_so_many_samples_are_written_down_for_a_member_a_day(ann: Member, fish: FishAudio) -> None:
    for name in ("First", "Second"):
        await creates(ann, name)
    assert (await ann.uses("/say", text="Hello", voice="First")).audio
    refused = await ann.uses("/say", text="Hello", voice="Second")
    assert sentence_of(refused) == (
        "“Second” can't speak before it is trained: I have listened to one recording of yours today, which is the most."
    )
    assert (await ann.uses("/say", text="Bye now", voice="First")).audio  # the refused text has cost nothing
    assert len(asked(fish, "POST", template=HEARD)) == 1


@pytest.mark.slow
async def test_a_sample_in_which_no_word_is_heard_is_listened_to_once(ann: Member, fish: FishAudio) -> None:
    fish.hears(" ")
    await creates(ann, "Grandpa")
    for _ in range(2):
        assert "I could not make out a single word in its sample" in (await ann.uses("/say", text="Hello")).text
    assert (len(asked(fish, "POST", template=HEARD)), fish.spoken) == (1, [])


async def said_while(fish: FishAudio, ann: Member, change: Callable[[], Awaitable[object]]) -> Reply:
    """Use `/say`, and change something while Fish Audio imitates the sample."""
    speech = fish.holds("POST", SPOKEN)
    use = await ann.uses("/say", text="Hello", voice="Grandpa", wait=False)
    await speech.arrived()
    await change()
    speech.release()
    return await use.reply()


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["is ready", "could not be made"])
async def test_the_training_ends_meanwhile(outcome: str, ann: Member, fish: FishAudio) -> None:
    async def end_training() -> None:
        (fish.finishes_training if outcome == "is ready" else fish.fails_training)("Grandpa")
        await ann.is_told(f"“Grandpa” {outcome}.")

    await creates(ann, "Grandpa")
    reply = await said_while(fish, ann, end_training)
    assert reply.audio
    assert [bool(spoken.references) for spoken in fish.spoken if spoken.text == "Hello"] == [True]


@pytest.mark.slow
async def test_the_voice_is_deleted_meanwhile(ann: Member, fish: FishAudio, bot: BotHere) -> None:
    async def delete() -> None:
        await ann.clicks(await ann.uses("/voice delete", voice="Grandpa"), "Delete it for good")

    await creates(ann, "Grandpa", transcript="When the sunlight strikes")
    reply = await said_while(fish, ann, delete)
    assert reply.text.startswith("“Grandpa” ended while it was being spoken in, so nothing was posted.")
    assert (reply.files, stored(bot.place, "SELECT id FROM utterance")) == ((), [])


@pytest.mark.slow
async def test_a_sample_that_is_deleted_while_it_waits_is_not_sent(ann: Member, fish: FishAudio) -> None:
    await creates(ann, "Grandpa")
    listening = fish.holds("POST", HEARD, after_work=True)
    use = await ann.uses("/say", text="Hello", voice="Grandpa", wait=False)
    await listening.arrived()
    await ann.clicks(await ann.uses("/voice delete", voice="Grandpa"), "Delete it for good")
    listening.release()
    assert "its sample is deleted" in (await use.reply()).text
    assert fish.spoken == []


@pytest.mark.settings(daily_characters_per_member=5)
@pytest.mark.parametrize("moment", [HEARD, SPOKEN])
async def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    moment: str, discord: Discord, fish: FishAudio, process: BotProcess, next_life: BotHere
) -> None:
    fish.trains = "slowly"
    ann = discord.member("Ann")
    await process.is_up()
    await creates(ann, "Grandpa")
    held = fish.holds("POST", moment)
    await ann.uses("/say", text="Hello", wait=False)
    await held.arrived()
    await process.is_killed()
    held.release()

    await next_life.starts()
    next_life.time_passes(seconds=CLAIM / SECOND)  # the killed process was making the excerpt
    said = await ann.uses("/say", text="Hello")  # its characters were given back
    assert said.audio
    assert never_both(fish)
    assert len(stored(next_life.place, "SELECT id FROM utterance WHERE message_id IS NOT NULL")) == 1
    assert len(stored(next_life.place, "SELECT voice_id FROM excerpt")) == 1
