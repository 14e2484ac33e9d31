"""Nothing reaches Fish Audio before the person who is heard has agreed, and their refusal is final."""

import asyncio

import numpy as np
import pytest

from sandbox.discord import Discord, Member, Reply, Seen, Upload
from sandbox.fish_audio import FishAudio
from sandbox.sound import Sound
from tests.audio.waves import chunk, integers
from tests.stories.running import BotHere
from tests.stories.steps import asked, sees_in_list, speech, until_answered, until_later, wav
from tests.stories.stored import stored

OVER = "This question is over"
NOT_YOURS = "This voice is gone, or isn't yours."
SAMPLE = wav()


async def reports_on(owner: Member, speaker: Member, name: str = "Grandpa") -> Reply:
    """Create a voice in which somebody else is heard. Returns the report."""
    return await owner.uses("/voice create", name=name, sample=SAMPLE, speaker=speaker)


async def asks(owner: Member, speaker: Member, name: str = "Grandpa") -> Seen:
    """Create a voice and ask the person who is heard. Returns the question."""
    await owner.clicks(await reports_on(owner, speaker, name), "Ask for consent")
    return await speaker.is_told(f"asks for your voice.** In Aviary, {owner.name} ({owner.mention}) wants")


@pytest.fixture
async def ann(discord: Discord) -> Member:
    return discord.member("Ann")


@pytest.fixture
async def bea(discord: Discord) -> Member:
    return discord.member("Bea")


@pytest.mark.slow
async def test_the_speaker_hears_the_sample_and_nothing_is_sent_before_they_approve(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member, bea: Member
) -> None:
    report = await reports_on(ann, bea)
    assert report.buttons == ("Ask for consent", "Cancel")
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    assert question.audio == SAMPLE.data
    assert question.buttons == ("Approve", "Refuse")
    assert question.text.startswith("**Ann asks for your voice.** In Aviary, Ann (")
    assert "and Ann won't learn which." in question.text
    [shown] = [line for line in question.text.splitlines() if line.startswith("By pressing **Approve** you say: ")]
    assert "Ann may speak in that voice and share it in Aviary; I may" in shown
    assert "Ann asks for “Grandpa”: see my direct message" in (await bea.uses("/voice list")).text
    assert "“Grandpa”: waits for Bea's answer until" in (await ann.uses("/voice list")).text
    [(voice_id,)] = stored(bot.place, "SELECT id FROM voice")

    eve = discord.member("Eve")
    for person in (ann, eve):
        for action in ("approve", "refuse"):
            reply = await person.forges(report, custom_id=f"mynah:{action}:{voice_id}")
            assert (reply.text[: len(NOT_YOURS)], reply.ephemeral) == (NOT_YOURS, True)
    reply = await ann.forges(report, custom_id=f"mynah:create:{voice_id}")
    assert reply.text.startswith("Only Bea can agree to this.")
    for custom_id in ("mynah:approve:0123456789abcdef", "mynah:approve:0", f"mynah:approve:{voice_id}:x"):
        assert (await bea.forges(question, custom_id=custom_id)).text.startswith(
            (NOT_YOURS, "This button does nothing")
        )
    assert stored(bot.place, "SELECT state FROM voice") == [("draft",)]
    assert not asked(fish, "POST")

    ann.user.name = "Annabel"  # what was shown counts, whatever somebody is called later
    await ann.uses("/voice rename", voice="Grandpa", name="Grandpa")
    await bot.restarts()
    manager = discord.manager("Mia")
    await manager.uses("/server block", member=ann)
    assert "have blocked them meanwhile, so nothing was done" in (await bea.clicks(question, "Approve")).text
    await manager.uses("/server unblock", member=ann)
    approved = await bea.clicks(question, "Approve")
    assert approved.text.startswith("You agreed: “Grandpa” is your voice now, made by Annabel.")
    assert (approved.buttons, approved.files) == (("Revoke",), ())
    await ann.is_told("“Grandpa” is ready.")
    await bea.is_told("“Grandpa”, your voice, made by Annabel, is ready.")
    [upload] = asked(fish, "POST")
    assert [part.data for part in upload.body.files] == [SAMPLE.data]
    assert stored(bot.place, "SELECT member_id, wording FROM consent") == [
        (bea.id, shown.removeprefix("By pressing **Approve** you say: "))
    ]

    again = [await bea.forges(question, custom_id=f"mynah:{action}:{voice_id}") for action in ("approve", "refuse")]
    assert [reply.text.startswith(("You agreed", OVER)) for reply in again] == [True, True]
    assert stored(bot.place, "SELECT state FROM voice") == [("trained",)]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_two_refusals_or_the_choice_never_end_all_requests(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member, bea: Member
) -> None:
    for name in ("First", "Second"):
        question = await asks(ann, bea, name)
        refused = await bea.clicks(question, "Refuse")
        assert refused.text.startswith("You said no: Ann gets no voice")
        assert (refused.buttons, refused.files) == ((), ())
        told = await ann.is_told(f"“{name}” could not be made.** Bea did not agree to it.")
        assert told.buttons == ("Delete voice",)
        [(voice_id,)] = stored(bot.place, f"SELECT id FROM voice WHERE name = '{name}'")  # noqa: S608 - ours
        late = await bea.forges(question, custom_id=f"mynah:approve:{voice_id}")
        assert late.text.startswith(OVER)
    assert stored(bot.place, "SELECT * FROM sample") == []
    third = await reports_on(ann, bea, "Third")
    assert (third.text, third.buttons) == ("I can't ask Bea for their voice.", ())

    dora = discord.member("Dora")
    question = await asks(ann, dora, "Fourth")
    await dora.uses("/privacy cloning", choice="never")
    await ann.is_told("“Fourth” could not be made.** Dora did not agree to it.")
    assert (await dora.clicks(question, "Approve")).text.startswith(OVER)
    assert (await reports_on(ann, dora, "Fifth")).text == "I can't ask Dora for their voice."
    await dora.uses("/privacy cloning", choice="ask")
    assert (await reports_on(ann, dora, "Fifth")).buttons == ("Ask for consent", "Cancel")
    hostile = await dora.uses("/privacy cloning", choice="sometimes", unchecked=True)
    assert hostile.text == "Choose **Ask me** or **Never**."
    assert not asked(fish, "POST")


@pytest.mark.slow
async def test_a_request_is_open_for_seven_days(
    fish: FishAudio, bot: BotHere, ann: Member, bea: Member, discord: Discord
) -> None:
    dora = discord.member("Dora")
    silent, late = await asks(ann, bea, "Silent"), await asks(ann, dora, "Late")
    bot.time_passes(days=3)
    await until_later(bot, lambda: not stored(bot.place, "SELECT * FROM sample"), minutes=1)
    approved = await dora.clicks(late, "Approve")  # with the recording in the question's message
    assert approved.text.startswith("You agreed: “Late” is your voice now")
    await ann.is_told("“Late” is ready.")
    [upload] = asked(fish, "POST")
    assert [part.data for part in upload.body.files] == [SAMPLE.data]

    bot.time_passes(days=4)
    assert (await bea.clicks(silent, "Approve")).text.startswith(OVER)
    await ann.is_told("“Silent” could not be made.** Bea did not agree to it.")
    assert len(asked(fish, "POST")) == 1


@pytest.mark.slow
async def test_after_a_withdrawn_request_the_next_waits_a_week(
    fish: FishAudio, bot: BotHere, ann: Member, bea: Member
) -> None:
    question = await asks(ann, bea)
    same_name = await ann.uses("/voice create", name="Grandpa", sample=SAMPLE)
    assert same_name.text.startswith("You already have a voice called “Grandpa”")
    deletion = await ann.uses("/voice delete", voice="Grandpa")
    await ann.clicks(deletion, "Delete it for good")
    assert (await bea.clicks(question, "Approve")).text.startswith(NOT_YOURS)
    assert (await reports_on(ann, bea, "Grandma")).text.startswith("You have asked Bea already.")
    assert "asks for" not in (await bea.uses("/voice list")).text

    bot.time_passes(days=7)
    await asks(ann, bea, "Grandma")
    assert not asked(fish, "POST")


@pytest.mark.slow
async def test_an_owner_is_told_at_once_who_cannot_be_asked_and_after_a_day_who_was_not_reached(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member, bea: Member
) -> None:
    gone, mynah = discord.member("Gus"), discord.plays(discord.world.application.bot)
    gone.leaves(discord.server)
    for reply, sentence in [
        (await reports_on(ann, gone), "Gus is not in this server"),
        (await reports_on(ann, mynah), f"{mynah.name.lower()} is a bot"),
        (
            await ann.uses("/voice create", in_=ann.dm, name="Grandpa", sample=SAMPLE, speaker=bea),
            "You can name the person who is heard only in a server",
        ),
    ]:
        assert reply.text.startswith(sentence)
    assert stored(bot.place, "SELECT id FROM voice") == []
    assert (await reports_on(ann, ann, "Mine")).buttons == ("Create my voice", "Cancel")

    bea.closes_dms()
    report = await reports_on(ann, bea)
    await ann.clicks(report, "Ask for consent")
    await until_answered(discord, "POST", f"/channels/{bea.dm.id}/messages", status=403)
    bot.time_passes(hours=24)
    await ann.is_told("“Grandpa” could not be made.** Bea could not be reached: their direct messages are closed.")
    assert not bea.news
    bea.opens_dms()
    await asks(ann, bea, "Grandma")  # a question that was never delivered is no refusal
    assert not asked(fish, "POST")


@pytest.mark.slow
async def test_the_speaker_controls_the_voice_and_deletes_it_with_one_button(
    discord: Discord, fish: FishAudio, bot: BotHere, ann: Member, bea: Member
) -> None:
    question = await asks(ann, bea)
    approved = await bea.clicks(question, "Approve")
    await ann.is_told("“Grandpa” is ready.")
    assert "“Grandpa”: ready, your voice, made by Ann" in (await bea.uses("/voice list")).text
    heard = await bea.uses("/say", text="Hello", voice="Grandpa")
    assert fish.made(heard.audio, text="Hello", voice="Grandpa")
    assert (await bea.uses("/voice show", voice="Grandpa")).buttons[-1] == "Revoke"

    [(voice_id,)] = stored(bot.place, "SELECT id FROM voice")
    for person in (ann, discord.member("Eve")):
        reply = await person.forges(heard, custom_id=f"mynah:revoke:{voice_id}")
        assert (reply.text[: len(NOT_YOURS)], reply.ephemeral) == (NOT_YOURS, True)
    await bot.restarts()
    revoked = await bea.clicks(approved, "Revoke")
    assert revoked.text.startswith("“Grandpa” is deleted. Nobody can use it any more")
    await ann.is_told("Bea, who is heard in “Grandpa”, has taken it back. Nobody can use it any more")
    await fish.until(lambda: not fish.voices)
    assert (
        "Bea, who is heard in “Grandpa”, has taken it back"
        in (await ann.uses("/say", text="Hello", voice="Grandpa")).text
    )
    await bot.until(lambda: not stored(bot.place, "SELECT id FROM notice"))


@pytest.mark.slow
async def test_a_large_sample_is_heard_as_a_compact_copy(
    discord: Discord, fish: FishAudio, bot: BotHere, bea: Member
) -> None:
    ann = discord.member("Ann", nitro=True)
    large = Upload("sample.wav", SAMPLE.data + chunk(b"junk", bytes(10 * 2**20)))
    report = await ann.uses("/voice create", name="Grandpa", sample=large, speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    assert len(question.audio) < 10 * 2**20 < len(large.data)
    await bea.clicks(question, "Approve")
    await ann.is_told("“Grandpa” is ready.")
    [upload] = asked(fish, "POST")
    assert [part.data for part in upload.body.files] == [large.data]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [62, 125])
async def test_the_person_who_decides_hears_what_is_sent_even_if_left_and_right_cancel(
    discord: Discord, fish: FishAudio, bot: BotHere, bea: Member, seconds: int
) -> None:
    """A minute in one channel fits into a message. Two minutes do not, so a compact copy is heard."""
    ann = discord.member("Ann", nitro=True)
    spoken = speech(12, rate=44_100)
    sound = np.resize(spoken, seconds * 44_100)
    opposites = integers(np.stack((sound, -sound), axis=1)[: 20 * 2**20 // 4 - 11], rate=44_100).bytes()
    assert len(opposites) > 10 * 2**20
    report = await ann.uses("/voice create", name="Grandpa", sample=Upload("sample.wav", opposites), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    await bea.clicks(question, "Approve")
    await ann.is_told("“Grandpa” is ready.")

    [upload] = asked(fish, "POST")
    [sent] = [Sound.decode(part.data) for part in upload.body.files]
    heard = Sound.decode(question.audio)
    assert (len(question.audio) < len(upload.body.files[0].data)) == (seconds > 120)
    assert len(heard.samples) == len(sent.samples)
    assert np.corrcoef(heard.samples, sent.samples)[0, 1] > 0.999
    assert heard.loudness == pytest.approx(sent.loudness, abs=0.1)
    assert sent.loudness > -30


@pytest.mark.slow
@pytest.mark.both_engines
async def test_two_clicks_at_one_instant_ask_once_and_make_one_voice(
    fish: FishAudio, bot: BotHere, ann: Member, bea: Member
) -> None:
    report = await reports_on(ann, bea)
    clicks = [await ann.clicks(report, "Ask for consent", wait=False) for _ in range(2)]
    await asyncio.gather(*(click.reply() for click in clicks))
    question = await bea.is_told("Ann asks for your voice.")
    answers = [await bea.clicks(question, label, wait=False) for label in ("Approve", "Refuse", "Approve")]
    await asyncio.gather(*(click.reply() for click in answers))
    outcome = await ann.is_told("“Grandpa” ")
    assert len(fish.voices) == ("is ready" in outcome.text)
    assert len([seen for seen in bea.dm_messages if seen.message is question.message]) == 1
    await sees_in_list(bot, ann, "“Grandpa”: ready" if "is ready" in outcome.text else "“Grandpa”: failed")
