"""A deleted voice is gone for people at once. The bot tries until it is gone at Fish Audio too."""

from typing import Any

import pytest

from sandbox.discord import Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, asked, has_voice, make_voice, sees_in_list, sentence_of, until_later, wav
from tests.stories.stored import stored

ONE = "/model/{id}"


async def delete(member: Member, name: str) -> None:
    """Use the command and confirm it."""
    question = await member.uses("/voice delete", voice=name)
    reply = await member.clicks(question, "Delete it for good")
    assert reply.text.startswith(f"“{name}” is deleted.")


def rows(bot: BotHere) -> int:
    [(count,)] = stored(bot.place, "SELECT (SELECT COUNT(*) FROM voice) + (SELECT COUNT(*) FROM removal)")
    return count


@pytest.mark.slow
@pytest.mark.both_engines
async def test_deleting_asks_once_and_hides_the_voice_at_once(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    held = fish.holds("DELETE", "/model/{id}")

    question = await ann.uses("/voice delete", voice="Grandpa")
    assert question.ephemeral
    assert question.buttons == ("Delete it for good", "Keep it")
    kept = await ann.clicks(question, "Keep it")
    assert kept.text == "“Grandpa” stays."
    assert kept.buttons == ()
    await ben.uses("/say", voice="Grandpa", text="Still here")

    await delete(ann, "Grandpa")
    await held.arrived()
    assert "Grandpa" not in (await ann.uses("/voice list")).text
    assert "Grandpa" not in (await ben.uses("/voice list")).text
    assert await ben.completes("/say", "voice", "") == []
    assert sentence_of(await ben.uses("/say", voice="Grandpa", text="Hello")) == "“Grandpa” was deleted by Ann."
    assert (await ann.uses("/say", voice="Grandpa", text="Hello")).text.startswith("You deleted “Grandpa”.")
    again = await ann.uses("/voice create", name="Grandpa", sample=wav())
    assert again.buttons == ("Create my voice", "Cancel")

    held.release()
    await fish.until(lambda: not fish.voices)


@pytest.mark.slow
async def test_a_voice_is_deleted_upstream_through_failures_and_restarts(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.fails("DELETE", "/model/{id}", status=503)
    fish.fails("DELETE", "/model/{id}", hang_up=True)
    fish.fails("DELETE", "/model/{id}", status=401)
    fish.fails("DELETE", "/model/{id}", status=429, headers={"Retry-After": "100"})
    fish.fails("DELETE", "/model/{id}", status=403, body=b"<html>blocked</html>")
    await delete(ann, "Grandpa")
    await until_later(bot, lambda: len(asked(fish, "DELETE", template=ONE)) > 2, minutes=5)
    await discord.owner.is_told("Fish Audio refuses my API key")
    await bot.restarts()
    await until_later(bot, lambda: fish.deleted, minutes=5)
    await bot.until(lambda: not rows(bot))


@pytest.mark.slow
async def test_a_deletion_that_failed_is_repeated_whatever_the_answer_was(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.fails("DELETE", ONE, status=200, body=b"<html>a page</html>")
    fish.fails("DELETE", ONE, status=404, body=b"404 page not found")
    await delete(ann, "Grandpa")
    await until_later(bot, lambda: fish.deleted, minutes=1)
    await bot.until(lambda: not rows(bot))


async def test_a_voice_that_is_gone_upstream_already_can_be_deleted(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.hangs_up_after("DELETE", "/model/{id}")
    await delete(ann, "Grandpa")
    await until_later(bot, lambda: not rows(bot), minutes=1)
    assert len(fish.deleted) == 1


@pytest.mark.slow
async def test_a_voice_deleted_before_its_upload_is_never_uploaded(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.fails("POST", "/model", status=402)
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "waiting for the bot's host")
    await delete(ann, "Grandpa")
    assert rows(bot) == 0
    assert stored(bot.place, "SELECT * FROM sample") == []

    bot.time_passes(minutes=6)
    await make_voice(ann, "Grandma")
    assert [voice.title for voice in fish.voices] == ["Grandma"]
    assert len(asked(fish, "POST")) == 2


@pytest.mark.slow
async def test_a_voice_deleted_while_it_is_uploaded_leaves_nothing_upstream(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.lists_lag(reads=100)  # only the answer tells which voice must be deleted
    held = fish.holds("POST", "/model", after_work=True)
    await ask_for_voice(ann, "Grandpa")
    await held.arrived()
    await delete(ann, "Grandpa")
    held.release()
    await fish.until(lambda: fish.deleted)
    assert not fish.voices
    assert not ann.news
    await until_later(bot, lambda: not rows(bot), minutes=5)


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_voice_deleted_while_its_creation_is_unclear_leaves_nothing_upstream(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.lists_lag(reads=3)
    fish.hangs_up_after("POST", "/model")
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: fish.voices)
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    await delete(ann, "Grandpa")
    await bot.restarts()
    await until_later(bot, lambda: fish.deleted, minutes=0.1)
    await until_later(bot, lambda: not rows(bot), minutes=5)
    assert not fish.voices
    assert len(asked(fish, "POST")) == 1


@pytest.mark.slow
async def test_a_voice_deleted_in_training_leaves_nothing_upstream(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.trains = "slowly"
    await ask_for_voice(ann, "Grandpa")
    await sees_in_list(bot, ann, "“Grandpa”: training")
    await delete(ann, "Grandpa")
    await fish.until(lambda: fish.deleted)
    assert not fish.voices
    assert not ann.news


@pytest.mark.slow
async def test_a_voice_deleted_while_its_preview_is_made_is_not_said_to_be_ready(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    held = fish.holds("POST", "/v1/tts")
    await ask_for_voice(ann, "Grandpa")
    await held.arrived()
    await delete(ann, "Grandpa")
    await fish.until(lambda: fish.deleted)
    held.release()
    await make_voice(ann, "Grandma")  # a false notice would have come before this one
    assert not [seen for seen in ann.dm_messages if "Grandpa" in seen.text]


async def test_a_sound_is_not_posted_when_its_voice_was_deleted_meanwhile(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    held = fish.holds("POST", "/v1/tts")
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False)
    await held.arrived()
    await ann.clicks(await ann.uses("/voice delete", voice="Grandpa"), "Delete it for good")
    held.release()
    reply = await use.reply()
    assert reply.text.startswith("“Grandpa” ended while it was being spoken in, so nothing was posted.")
    assert (reply.ephemeral, reply.files) == (True, ())
    assert stored(bot.place, "SELECT id FROM utterance UNION SELECT id FROM charge") == []


@pytest.mark.slow
async def test_a_deletion_that_hangs_holds_up_no_other(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    for name in ("Stuck", "Grandpa", "Grandma"):
        await has_voice(bot, fish, ann, name)
    [stuck] = [voice.id for voice in fish.voices if voice.title == "Stuck"]
    held = fish.holds("DELETE", f"/model/{stuck}")
    await delete(ann, "Stuck")
    await held.arrived()
    for name in ("Grandpa", "Grandma"):
        await delete(ann, name)
    await fish.until(lambda: [voice.title for voice in fish.voices] == ["Stuck"])
    failing = stored(bot.place, "SELECT failing_since FROM removal WHERE fish_id IS NOT NULL")
    assert (None,) in failing, "it hangs, and has not been given up"
    held.release()
    await fish.until(lambda: not fish.voices)


@pytest.mark.slow
async def test_a_deletion_that_is_never_confirmed_is_told_to_the_host(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    outage = fish.fails("DELETE", ONE, status=503, times=1000)
    await delete(ann, "Grandpa")
    told = "Fish Audio has not confirmed for an hour that a voice is deleted"
    await until_later(bot, lambda: [seen for seen in discord.owner.dm_messages if told in seen.text], minutes=10)
    bot.time_passes(hours=2)
    await bot.rests()
    assert len([seen for seen in discord.owner.dm_messages if told in seen.text]) == 1, "at most once a day"
    outage.withdraw()
    await until_later(bot, lambda: not rows(bot), minutes=10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "words"), [(404, {"message": "Model not found"}), (403, {"status": 403, "message": "Forbidden"})]
)
async def test_other_words_for_no_such_voice_count_after_a_day_of_nothing_else(
    discord: Discord, fish: FishAudio, bot: BotHere, status: int, words: dict[str, Any]
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.fails("GET", ONE, status=status, body=words, times=10_000)
    fish.fails("DELETE", ONE, status=status, body=words, times=10_000)
    await delete(ann, "Grandpa")
    await bot.rests()
    bot.time_passes(hours=23)
    await bot.rests()
    assert rows(bot), "it may be a proxy that says so, or a key that was changed for a while"
    await until_later(bot, lambda: not rows(bot), minutes=30)
