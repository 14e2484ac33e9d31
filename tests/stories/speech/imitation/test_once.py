"""`/say` with a sample: one text in the voice of a recording, of which nothing is left but the record of its use."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from sandbox.discord import Discord, Member, Reply, Upload
from sandbox.discord.people.replies import look_at
from sandbox.fish_audio import FishAudio
from sandbox.sound import pitch_of
from sandbox.speech import PASSAGE, sample_wav
from tests.stories.consent.test_spoken_consent import asks_for_spoken_consent, reading
from tests.stories.running import BotHere, BotProcess
from tests.stories.speech.delivery.voice_messages import AS_VOICE, spoken_in, until_thought
from tests.stories.steps import asked, has_voice, is_taken_back
from tests.stories.stored import stored

TEXT = "Good *evening*, everybody"
KEPT = "SELECT id FROM one_off"


def recording(*, seconds: float = 12) -> Upload:
    return Upload("me.wav", sample_wav(seconds=seconds, pitch=200))


async def attaches(member: Member, *, text: str = TEXT, sample: Upload | None = None) -> Reply:
    return await member.uses("/say", text=text, sample=sample or recording())


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_text_is_said_once_with_its_own_credit_and_is_on_record(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    report = await attaches(ann)
    assert report.ephemeral
    assert (
        "By pressing **Say it** you say: This is my own voice. The recording may be sent to Fish Audio" in report.text
    )
    assert not asked(fish, "POST", template="/v1/asr"), "nothing is sent before the consent"
    assert stored(bot.place, "SELECT id FROM voice") == []

    said = await ann.clicks(report, "Say it")
    assert not said.ephemeral
    assert (
        said.text == "> Good \\*evening\\*, everybody\n-# a voice used once · synthetic voice of Ann · asked for by Ann"
    )
    assert pitch_of(said.audio) == pytest.approx(200, rel=0.1)
    [spoken] = fish.spoken
    assert (spoken.voice_ids, [each.text for each in spoken.references]) == ((), [PASSAGE])
    assert said.buttons == ("Delete",)

    await bot.until(lambda: not stored(bot.place, KEPT))
    await bot.rests()  # the card is changed after the recording is deleted
    assert asked(fish, "POST") == [], "no voice is created"
    told = await ben.uses_on("Who said this?", said).reply()
    assert "A voice used once" in told.text
    assert "asked for by Ann" in told.text
    assert report.message is not None
    card = look_at(report.message)
    assert (card.text.splitlines()[0].partition("/channels")[0], card.buttons) == ("Said: https://discord.com", ())
    assert card.text.endswith("\nThe recording is deleted.")
    counted = len("Good evening, everybody")
    assert f"- everywhere: {counted} of" in (await ann.uses("/usage")).text
    await ann.clicks(said, "Delete")


@pytest.mark.slow
async def test_it_is_kept_for_fifteen_minutes_and_not_after_a_cancel_or_a_newer_one(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    first, second = await attaches(ann), await attaches(ann)
    gone = await ann.clicks(first, "Say it")
    assert ("not kept any more" in gone.text, gone.message, gone.buttons) == (True, first.message, ())
    assert (await ann.clicks(second, "Cancel")).text == "Cancelled: nothing was said, and the recording is deleted."
    third = await attaches(ann)
    bot.time_passes(minutes=15)
    await bot.rests()
    assert stored(bot.place, KEPT) == []
    assert "not kept any more" in (await ann.clicks(third, "Say it")).text
    assert fish.spoken == []


@pytest.mark.slow
async def test_it_is_said_as_a_voice_message_where_that_was_asked_for(discord: Discord, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/say", text=TEXT, sample=recording(), **AS_VOICE)
    assert "\n**To be said once, in the voice of this recording, as a voice message**\n" in report.text
    await until_thought(await ann.clicks(report, "Say it", wait=False))
    [spoken] = spoken_in(discord.server.channels[0])
    assert spoken.caption.text.endswith("-# a voice used once · synthetic voice of Ann · asked for by Ann")
    await bot.rests()
    assert report.message is not None
    assert look_at(report.message).buttons == ()


@pytest.mark.slow
async def test_it_is_part_of_what_a_member_takes_along(discord: Discord, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await attaches(ann)
    [(once_id,)] = stored(bot.place, KEPT)
    with ZipFile(BytesIO((await ann.uses("/privacy export")).files[0].data)) as export:
        assert set(export.namelist()) == {"mynah.json", f"once/{once_id}.wav"}
        assert export.read(f"once/{once_id}.wav") == recording().data


async def test_rules_and_blocks_hold_before_and_after_the_report(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, mia = discord.member("Ann"), discord.manager("Mia")
    await has_voice(bot, fish, ann, "Grandpa")
    both = await ann.uses("/say", text=TEXT, voice="Grandpa", sample=recording())
    assert both.text.startswith("Choose a voice or attach a sample, not both.")
    report = await attaches(ann)
    await mia.uses("/server block", member=ann)
    assert "managers have blocked you" in (await ann.clicks(report, "Say it")).text
    assert "managers have blocked you" in (await attaches(ann)).text
    assert fish.spoken == []


@pytest.mark.slow
async def test_where_consent_is_spoken_a_sentence_must_be_heard(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    early = await attaches(ann)
    await asks_for_spoken_consent(discord, bot.database)
    assert "consent is spoken here" in (await ann.clicks(early, "Say it")).text

    due = await attaches(ann)
    [sentence] = [line.removeprefix("> ") for line in due.text.splitlines() if line.startswith("> I agree")]
    assert "does not hold the sentence" in (await attaches(ann)).text
    report = await attaches(ann, sample=reading(sentence))
    said = await ann.clicks(report, "Say it")
    assert said.audio
    assert "read this sentence aloud" in (await attaches(ann, sample=reading(sentence))).text, "it is used up"
    assert fish.spoken[0].references


@pytest.mark.slow
async def test_what_is_erased_or_deleted_meanwhile_is_not_posted(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    report = await attaches(ann)
    speech = fish.holds("POST", "/v1/tts")
    use = await ann.clicks(report, "Say it", wait=False)
    await speech.arrived()
    assert (await ann.clicks(report, "Say it")).text == "That text is being said already. Wait for the sound."
    await ann.clicks(await ann.uses("/privacy erase"), "Delete everything")
    speech.release()
    reply = await use.reply()
    assert reply.text.startswith("You had everything about you deleted")
    assert (stored(bot.place, KEPT), stored(bot.place, "SELECT id FROM utterance")) == ([], [])


@pytest.mark.slow
async def test_what_is_replaced_while_it_is_being_said_is_not_posted(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    report = await attaches(ann)
    speech = fish.holds("POST", "/v1/tts")
    use = await ann.clicks(report, "Say it", wait=False)
    await speech.arrived()
    await attaches(ann)
    speech.release()
    reply = await use.reply()
    assert (reply.ephemeral, reply.files) == (True, ())
    assert reply.text.startswith("That recording is not kept any more")
    assert stored(bot.place, "SELECT id FROM utterance") == []


@pytest.mark.slow
async def test_a_member_who_may_not_make_voices_any_more_gets_none_for_once(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, mia, singers = discord.member("Ann"), discord.manager("Mia"), discord.add_role("Singers")
    report = await attaches(ann)
    speech = fish.holds("POST", "/v1/tts")
    use = await ann.clicks(report, "Say it", wait=False)
    await speech.arrived()
    await mia.chooses(await mia.uses("/server settings"), singers, menu="mynah-server:creators")
    speech.release()
    reply = await use.reply()
    assert (reply.ephemeral, reply.files) == (True, ())
    assert reply.text.startswith(f"Voices can be created in this server only by members with <@&{singers.id}>.")
    assert stored(bot.place, "SELECT id FROM utterance") == []


@pytest.mark.slow
async def test_what_is_cancelled_while_discord_takes_it_is_taken_back(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    report = await attaches(ann)
    posting = discord.holds("PATCH", "/webhooks/*/@original")
    use = await ann.clicks(report, "Say it", wait=False)
    await posting.arrived()
    assert (await ann.clicks(report, "Cancel")).text == "Cancelled: nothing was said, and the recording is deleted."
    await is_taken_back(bot, discord, use, posting)


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_kill_while_it_is_posted_leaves_one_sound(
    arrived: bool, discord: Discord, process: BotProcess, next_life: BotHere
) -> None:
    ann = discord.member("Ann")
    await process.is_up()
    report = await attaches(ann)
    posting = discord.holds("PATCH", "/webhooks/*/@original", after_work=arrived)
    await ann.clicks(report, "Say it", wait=False)
    await posting.arrived()
    await process.is_killed()
    if arrived:
        posting.release()

    await next_life.starts()
    again = await ann.clicks(report, "Say it")
    assert ("not kept any more" in again.text) is arrived
    await next_life.until(lambda: not stored(next_life.place, KEPT))
    sounds = [message for message in discord.server.channels[0].messages.values() if message.attachments]
    assert len(sounds) == len(stored(next_life.place, "SELECT id FROM utterance")) == 1


@pytest.mark.settings(daily_characters_per_member=len(TEXT))
@pytest.mark.parametrize("moment", ["before the click", "/v1/asr", "/v1/tts"])
async def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    moment: str, discord: Discord, fish: FishAudio, process: BotProcess, next_life: BotHere
) -> None:
    ann = discord.member("Ann")
    await process.is_up()
    report = await attaches(ann)
    if moment != "before the click":
        held = fish.holds("POST", moment)
        await ann.clicks(report, "Say it", wait=False)
        await held.arrived()
        await process.is_killed()
        held.release()
    else:
        await process.is_killed()

    await next_life.starts()
    said = await ann.clicks(report, "Say it")
    assert said.audio
    assert len(stored(next_life.place, "SELECT id FROM utterance WHERE message_id IS NOT NULL")) == 1
    await next_life.until(lambda: not stored(next_life.place, KEPT))
