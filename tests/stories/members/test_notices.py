"""An owner is told once how a training ended, wherever they can be reached."""

import gc

import pytest

from bot.services.speech.previews import PreviewService
from sandbox.discord import Discord, Member, Permission, Seen
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import (
    ask_for_voice,
    asked,
    has_voice,
    make_voice,
    sees_in_list,
    sees_no_more,
    until_answered,
    until_later,
    wav,
)
from tests.stories.stored import stored

PREVIEW = "Hello! This is my new voice, and from now on you can hear me say whatever you type."


def notices(member: Member) -> list[Seen]:
    """Return all messages in a member's DM about the outcome of a training."""
    return [seen for seen in member.dm_messages if "” is ready." in seen.text or "could not be made" in seen.text]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_the_notice_has_a_preview_and_the_next_steps(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandma")
    notice = await make_voice(ann, "Grandpa")
    assert notice.message is not None
    assert notice.message.channel is ann.dm
    assert [file.filename for file in notice.files] == ["Grandpa.mp3"]
    assert fish.made(notice.audio, text=PREVIEW, voice="Grandpa")
    assert notice.buttons == ("Say something", "Another preview", "Share in Aviary", "Make default", "Delete voice")

    await ann.clicks(notice, "Share in Aviary")
    heard = await ben.uses("/say", text="Hello", voice="Grandpa")
    assert fish.made(heard.audio, text="Hello", voice="Grandpa")

    await ann.clicks(notice, "Make default")
    assert fish.made((await ann.uses("/say", text="And I")).audio, text="And I", voice="Grandpa")


@pytest.mark.slow
async def test_the_buttons_of_a_notice_work_after_a_restart_and_for_its_owner_alone(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, eve = discord.member("Ann"), discord.member("Eve")
    ann.closes_dms()
    notice = await make_voice(ann, "Grandpa")  # in the channel, where Eve sees its buttons too
    await bot.restarts()

    for label in notice.buttons:
        reply = await eve.clicks(notice, label)
        assert reply.text.startswith("This voice is gone, or isn't yours.")
        assert reply.ephemeral
    assert "Grandpa" not in (await eve.uses("/voice list")).text

    question = await ann.clicks(notice, "Delete voice")
    assert question.buttons == ("Delete it for good", "Keep it")
    assert fish.voices
    await ann.clicks(question, "Delete it for good")
    await fish.until(lambda: not fish.voices)
    assert (await ann.clicks(notice, "Say something")).text.startswith("This voice is gone, or isn't yours.")


@pytest.mark.slow
async def test_a_notice_is_sent_without_a_preview_that_cannot_be_made(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.sends_no_sound(times=2)
    soundless = await make_voice(ann, "Soundless")
    assert soundless.files == ()
    assert "I have no preview of it" in soundless.text
    fish.fails("POST", "/v1/tts", status=400)
    assert (await make_voice(ann, "Refused")).files == ()
    heard = await make_voice(ann, "Heard")
    assert heard.files
    assert "preview" not in heard.text


@pytest.mark.slow
@pytest.mark.settings(daily_characters_total=100)
async def test_previews_count_in_what_everybody_may_have_spoken(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    assert (await make_voice(ann, "First")).files
    assert (await make_voice(ann, "Second")).files == ()
    assert len(asked(fish, "POST", template="/v1/tts")) == 1


@pytest.mark.slow
async def test_a_preview_that_nobody_could_be_given_goes_with_its_voice(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    ann.closes_dms()
    report = await ann.uses("/voice create", in_=ann.dm, name="Grandpa", sample=wav())
    await ann.clicks(report, "Create my voice")
    await until_answered(discord, "POST", f"/channels/{ann.dm.id}/messages", status=403)
    [(notice_id,)] = stored(bot.place, "SELECT id FROM notice")
    services = [each for each in gc.get_objects() if isinstance(each, PreviewService)]  # of earlier stories as well
    [previews] = [each for each in services if notice_id in each.notices]

    question = await ann.uses("/voice delete", in_=ann.dm, voice="Grandpa")
    await ann.clicks(question, "Delete it for good")
    await until_later(bot, lambda: not previews.notices, minutes=0.5)


@pytest.mark.both_engines
async def test_a_member_with_closed_dms_is_called_in_the_channel_and_nobody_else_is(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    ann.closes_dms()
    name = f"@everyone {ben.mention} <@&{discord.server.id}>"[:40]
    elsewhere = discord.add_channel("voices")
    report = await ann.uses("/voice create", in_=elsewhere, name=name, sample=wav())
    await ann.clicks(report, "Create my voice")

    notice = await ann.is_told("is ready")
    assert notice.message is not None
    assert notice.message.channel is elsewhere
    assert notice.message.pinged == {ann.id}
    assert not notice.message.pinged_everyone
    assert notice.files == ()
    assert notice.buttons == ("Say something", "Another preview", "Share in Aviary", "Delete voice")
    assert not ben.news


@pytest.mark.slow
async def test_an_undeliverable_notice_is_tried_less_and_less_often(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    ann.closes_dms()
    discord.forbids(discord.server.channels[0], Permission.SEND_MESSAGES)
    await ask_for_voice(ann, "Grandpa")
    for attempt, pause in enumerate((1, 2, 4, 8), start=1):
        for place in (ann.dm, discord.server.channels[0]):
            await until_answered(discord, "POST", f"/channels/{place.id}/messages", status=403, times=attempt)
        await sees_in_list(bot, ann, "I could not reach you about this")
        await bot.rests()  # to write down when to try again
        bot.time_passes(minutes=pause / 2)
        await bot.rests()
        assert attempts(discord, ann) == attempt
        bot.time_passes(minutes=pause / 2)

    await until_answered(discord, "POST", f"/channels/{ann.dm.id}/messages", status=403, times=5)
    await sees_in_list(bot, ann, "I could not reach you about this")
    await bot.rests()  # to write down when to try again
    ann.opens_dms()
    bot.time_passes(minutes=16)
    notice = await ann.is_told("“Grandpa” is ready.")
    assert notice.files
    await sees_no_more(bot, ann, "I could not reach you about this")


def attempts(discord: Discord, member: Member) -> int:
    path = f"/channels/{member.dm.id}/messages"
    return len([request for request in discord.requests if (request.method, request.path) == ("POST", path)])


@pytest.mark.slow
async def test_after_seven_days_a_notice_is_given_up(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    ann.closes_dms()
    report = await ann.uses("/voice create", in_=ann.dm, name="Grandpa", sample=wav())
    await ann.clicks(report, "Create my voice")
    await until_answered(discord, "POST", f"/channels/{ann.dm.id}/messages", status=403)
    await sees_in_list(bot, ann, "I could not reach you about this")
    bot.time_passes(days=6, hours=23, minutes=59)
    await until_answered(discord, "POST", f"/channels/{ann.dm.id}/messages", status=403, times=2)
    await bot.rests()

    ann.opens_dms()
    bot.time_passes(days=1)
    await bot.rests()
    await make_voice(ann, "Grandma")
    assert len(notices(ann)) == 1


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_notice_whose_answer_was_lost_is_not_sent_twice(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    path = f"/channels/{ann.dm.id}/messages"
    discord.fails("POST", path, status=503, after_work=True)
    discord.fails("POST", path, hang_up=True, after_work=True)
    await make_voice(ann, "Grandpa")
    await until_later(
        bot, lambda: [seen for seen in discord.requests if (seen.path, seen.status) == (path, 200)], minutes=0.1
    )
    assert len(notices(ann)) == 1
    assert len(asked(fish, "POST", template="/v1/tts")) == 1  # each preview costs


@pytest.mark.slow
async def test_a_notice_that_arrived_before_a_long_outage_is_not_sent_again(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    path = f"/channels/{ann.dm.id}/messages"
    discord.fails("POST", path, status=503, after_work=True)
    await make_voice(ann, "Grandpa")
    await until_answered(discord, "POST", path, status=503)
    await bot.stops()
    bot.time_passes(minutes=10)  # longer than Discord remembers a nonce
    discord.fails("GET", path, status=503)
    await bot.starts()

    await until_answered(discord, "GET", path, status=503)
    await until_later(bot, lambda: told(bot), minutes=0.1)
    assert len(notices(ann)) == 1


@pytest.mark.slow
async def test_a_notice_that_did_not_arrive_before_a_long_outage_is_sent_after_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    path = f"/channels/{ann.dm.id}/messages"
    discord.fails("POST", path, status=503)
    await ask_for_voice(ann, "Grandpa")
    await until_answered(discord, "POST", path, status=503)
    await bot.stops()
    bot.time_passes(minutes=10)
    await bot.starts()
    await ann.is_told("“Grandpa” is ready.")
    await bot.until(lambda: told(bot))
    assert len(notices(ann)) == 1


@pytest.mark.slow
async def test_an_earlier_notice_about_the_same_voice_is_not_taken_for_the_new_one(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    path = f"/channels/{ann.dm.id}/messages"
    fish.fails_training("Grandpa")
    await ask_for_voice(ann, "Grandpa")
    failure = await ann.is_told("“Grandpa” could not be made.")
    discord.fails("POST", path, status=503)
    await ann.clicks(failure, "Retry")
    await until_answered(discord, "POST", path, status=503)
    await bot.stops()
    bot.time_passes(minutes=10)
    await bot.starts()
    await ann.is_told("“Grandpa” is ready.")


def told(bot: BotHere) -> bool:
    return stored(bot.place, "SELECT sent_at IS NOT NULL FROM notice") == [(1,)]


@pytest.mark.slow
async def test_a_notice_that_a_moderator_deletes_is_not_sent_again(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    ann.closes_dms()
    path = f"/channels/{discord.server.channels[0].id}/messages"
    discord.fails("POST", path, status=503, after_work=True)
    notice = await make_voice(ann, "Grandpa")
    assert notice.message is not None
    discord.world.delete(notice.message)
    await until_answered(discord, "POST", path, status=503)
    await until_later(bot, lambda: told(bot), minutes=0.1)
    assert not ann.news


@pytest.mark.slow
async def test_dms_that_discord_does_not_open_now_are_opened_later(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    discord.fails("POST", "/users/@me/channels", status=400, code=40003)
    await ask_for_voice(ann, "Grandpa")
    await until_answered(discord, "POST", "/users/@me/channels", status=400)
    await until_later(bot, lambda: notices(ann), minutes=1)
    assert notices(ann)[0].files


@pytest.mark.slow
async def test_a_failed_voice_can_be_retried_once_for_a_day(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    for name in ("In time", "Too late"):
        fish.fails_training(name)
        await ask_for_voice(ann, name)
    in_time = await ann.is_told("“In time” could not be made.")
    too_late = await ann.is_told("“Too late” could not be made.")

    bot.time_passes(hours=23, minutes=59)
    clicks = [await ann.clicks(in_time, "Retry", wait=False) for _ in range(2)]
    answers = [(await click.reply()).text for click in clicks]
    assert any("is tried again with the same sample" in answer for answer in answers)
    await ann.is_told("“In time” is ready.")
    assert len(asked(fish, "POST")) == 3

    bot.time_passes(minutes=1)
    reply = await ann.clicks(too_late, "Retry")
    assert reply.text.startswith("The sample of “Too late” is no longer kept.")
    await sees_no_more(bot, ann, "can be retried")
    [(voice_id,)] = stored(bot.place, "SELECT id FROM voice WHERE name = 'In time'")
    late = await ann.forges(in_time, custom_id=f"mynah:retry:{voice_id}")
    assert late.text == "“In time” is trained; there is nothing to retry."
    await until_later(bot, lambda: not stored(bot.place, "SELECT * FROM sample"), minutes=0.5)


@pytest.mark.slow
async def test_only_the_owner_acts_on_a_failure_and_a_second_failure_is_told_too(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, eve = discord.member("Ann"), discord.member("Eve")
    ann.closes_dms()
    fish.fails_training("Grandpa", reason="Music in the background")
    await ask_for_voice(ann, "Grandpa")
    notice = await ann.is_told("“Grandpa” could not be made.")
    for label in ("Retry", "Delete voice"):
        assert (await eve.clicks(notice, label)).text.startswith("This voice is gone, or isn't yours.")

    ann.opens_dms()
    fish.fails_training("Grandpa", reason="Still music in the background")
    await ann.clicks(notice, "Retry")
    again = await ann.is_told("Still music in the background")
    assert again.buttons == ("Retry", "Delete voice")
    await fish.until(lambda: not fish.voices)
