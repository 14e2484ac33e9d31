"""If Fish Audio or Discord fails, `/say` speaks in the end or says privately why not."""

from decimal import Decimal

import pytest

from bot.services.speech.waiting_sounds import MOST_BYTES
from sandbox.discord import Discord, Member, Reply, Use
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, asked, callback_of, has_voice, sentence_of, until_answered

ORIGINAL = "/webhooks/{application}/{token}/messages/@original"
CALLBACK = "/interactions/{interaction}/{token}/callback"


async def speaks_at_last(ann: Member, fish: FishAudio) -> Reply:
    """Use `/say`, which gets its sound in spite of the trouble set before."""
    reply = await ann.uses("/say", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")
    return reply


async def is_refused(discord: Discord, speaker: Member, sentence: str, *, voice: str = "Grandpa") -> None:
    """Use `/say`, which ends with a private sentence and leaves nothing that others see."""
    witness = discord.member("Witness")
    channel = discord.server.channels[0]
    before = discord.messages(channel, viewer=witness)
    reply = await speaker.uses("/say", text="Hello", voice=voice)
    assert sentence_of(reply) == sentence
    assert reply.ephemeral
    assert [seen.message for seen in discord.messages(channel, viewer=witness)] == [seen.message for seen in before]


@pytest.mark.slow
async def test_a_trouble_that_passes_is_waited_out(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    fish.is_busy(retry_after=0.1)
    await speaks_at_last(ann, fish)
    fish.fails("POST", "/v1/tts", status=503)
    await speaks_at_last(ann, fish)
    fish.breaks_behind_its_proxy("POST", "/v1/tts")
    await speaks_at_last(ann, fish)
    fish.fails("POST", "/v1/tts", hang_up=True)
    await speaks_at_last(ann, fish)
    fish.hangs_up_after("POST", "/v1/tts")
    await speaks_at_last(ann, fish)


@pytest.mark.slow
async def test_the_host_is_told_although_the_first_message_to_them_is_lost(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    path = f"/channels/{discord.owner.dm.id}/messages"
    discord.fails("POST", path, status=503)
    fish.credit = Decimal(0)
    await ann.uses("/say", text="Hello")
    await until_answered(discord, "POST", path, status=503)
    await bot.rests()
    bot.time_passes(seconds=30)
    await discord.owner.is_told("The Fish Audio API credit is used up")


@pytest.mark.slow
async def test_an_answer_without_sound_is_asked_for_once_more(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    for nothing in (b"", b"\xff\xfb\x90\x00" + bytes(413), {"message": "no sound"}):
        fish.sends_no_sound(body=nothing)
        await speaks_at_last(ann, fish)

    asked_before = len(asked(fish, "POST", template="/v1/tts"))
    fish.sends_no_sound(times=2)
    told = "Fish Audio answered without any sound. Please try again in a minute, or change the text."
    await is_refused(discord, ann, told)
    assert len(asked(fish, "POST", template="/v1/tts")) == asked_before + 2


@pytest.mark.slow
async def test_a_host_s_trouble_is_told_to_the_host(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    fish.fails("POST", "/v1/tts", status=401, body="No permission -- see authorization schemes")
    await is_refused(
        discord, ann, "The bot's host must renew its Fish Audio key; they have been told. Try again later."
    )
    await discord.owner.is_told("Fish Audio refuses my API key")

    fish.fails("POST", "/v1/tts", status=402, times=2)
    await is_refused(discord, ann, "The host's Fish Audio credit is used up; they have been told. Try again later.")
    await discord.owner.is_told("The Fish Audio API credit is used up")
    await is_refused(discord, ann, "The host's Fish Audio credit is used up; they have been told. Try again later.")
    assert discord.owner.news == []


@pytest.mark.slow
async def test_a_trouble_that_a_creation_has_met_is_told_without_asking_and_ends_with_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    spoken = len(asked(fish, "POST", template="/v1/tts"))
    refused = fish.fails("POST", "/model", status=402, times=99)
    await ask_for_voice(ben, "Grandma")
    await discord.owner.is_told("The Fish Audio API credit is used up")
    await is_refused(discord, ann, "The host's Fish Audio credit is used up; they have been told. Try again later.")
    assert len(asked(fish, "POST", template="/v1/tts")) == spoken

    refused.withdraw()
    bot.time_passes(minutes=5)
    await ben.is_told("“Grandma” is ready.")
    await speaks_at_last(ann, fish)


async def test_a_pause_longer_than_the_deadline_is_not_waited_for(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.is_busy(retry_after=3600)
    await is_refused(discord, ann, "Fish Audio is too busy right now. Please try again in a minute.")


@pytest.mark.slow
async def test_a_wait_of_more_than_a_minute_is_given_up(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    speech = fish.holds("POST", "/v1/tts")
    use = await ann.uses("/say", text="Hello", wait=False)
    await speech.arrived()
    bot.hangs(seconds=61)
    reply = await use.reply()

    assert sentence_of(reply) == "Fish Audio did not answer. Please try again in a minute."
    assert reply.ephemeral
    await is_refused(discord, ann, "Fish Audio did not answer. Please try again in a minute.")
    assert len(asked(fish, "POST", template="/v1/tts")) == 1, "the second is told at once"
    bot.time_passes(seconds=16)
    await speaks_at_last(ann, fish)


@pytest.mark.slow
async def test_nobody_waits_again_for_what_one_member_waited_for_in_vain(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    rule = fish.fails("POST", "/v1/tts", status=503, headers={"Retry-After": "0"}, times=10_000)
    for _ in range(3):
        await is_refused(discord, ann, "Fish Audio did not answer. Please try again in a minute.")
    assert len(asked(fish, "POST", template="/v1/tts")) == 10, "of one request"

    rule.withdraw()
    bot.time_passes(seconds=16)
    await speaks_at_last(ann, fish)
    await speaks_at_last(ann, fish)


async def test_a_refused_text_is_named_as_the_reason(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.fails("POST", "/v1/tts", status=400, body={"status": 400, "message": "Text violates *policy*"})
    await is_refused(
        discord, ann, "Fish Audio refused this text (Text violates \\*policy\\*). Please change it and try again."
    )


@pytest.mark.slow
async def test_a_voice_that_is_gone_at_fish_audio_fails_and_its_owner_is_told_once(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    for name in ("Grandpa", "Grandma"):
        await has_voice(bot, fish, ann, name)
        await ann.uses("/voice share", voice=name)
    fish.removes("Grandpa")
    fish.takes_down("Grandma")

    sentence = "“Grandpa” was removed at Fish Audio and can't speak any more; Ann is told."
    await is_refused(discord, ben, sentence, voice="Grandpa")
    await ann.is_told("“Grandpa” does not work any more.")
    sentence = "Fish Audio has taken “Grandma” down, so it can't speak any more; you will be told more privately."
    await is_refused(discord, ann, sentence, voice="Grandma")
    await ann.is_told("“Grandma” does not work any more.")

    await is_refused(discord, ben, "“Grandpa” can't speak any more; Ann has been told why.", voice="Grandpa")
    assert ann.news == []


@pytest.mark.slow
async def test_the_sound_is_kept_until_discord_takes_it(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    spoken = len(fish.spoken)

    discord.fails("PATCH", ORIGINAL, status=503)
    await speaks_at_last(ann, fish)
    discord.fails("PATCH", ORIGINAL, status=429, headers={"Retry-After": "0.1"})
    await speaks_at_last(ann, fish)
    discord.fails("PATCH", ORIGINAL, hang_up=True)
    await speaks_at_last(ann, fish)
    discord.fails("PATCH", ORIGINAL, hang_up=True, after_work=True)
    await speaks_at_last(ann, fish)

    assert len(fish.spoken) == spoken + 4
    witness = discord.member("Witness")
    assert len(discord.messages(discord.server.channels[0], viewer=witness)) == 4


async def test_a_first_response_that_gets_lost_is_sent_again(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    discord.fails("POST", CALLBACK, hang_up=True)
    await speaks_at_last(ann, fish)
    discord.fails("POST", CALLBACK, hang_up=True, after_work=True)
    await speaks_at_last(ann, fish)


async def test_an_interaction_that_another_process_answers_is_left_alone(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    spoken = len(fish.spoken)

    for status, code in ((400, 40060), (404, 10062)):
        discord.fails("POST", CALLBACK, status=status, code=code)
        use = await ann.uses("/say", text="Hello", wait=False)
        await until_answered(discord, "POST", callback_of(use), status=status)
    await speaks_at_last(ann, fish)

    assert len(fish.spoken) == spoken + 1


async def test_a_deleted_answer_is_explained(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    speech = fish.holds("POST", "/v1/tts", after_work=True)
    use = await ann.uses("/say", text="Hello", wait=False)
    await speech.arrived()
    assert use.interaction.original is not None
    discord.world.delete(use.interaction.original)
    use.interaction.original_deleted = True
    speech.release()
    reply = await use.reply()

    assert sentence_of(reply) == "The answer was deleted before the sound was ready, so nothing was posted."
    assert reply.ephemeral


@pytest.mark.slow
async def test_a_sound_that_discord_refuses_is_explained(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    for status, code, sentence in (
        (413, 40005, "The sound is larger than Discord allows here. Please say it in shorter pieces."),
        (400, 200000, "This server's AutoMod does not allow that text."),
        (403, 50013, "Discord did not take the sound. Please try again."),
    ):
        discord.fails("PATCH", ORIGINAL, status=status, code=code)
        await is_refused(discord, ann, sentence)


async def test_a_private_sentence_gets_through_a_broken_line(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    fish.is_busy(retry_after=3600)
    discord.fails("DELETE", ORIGINAL, hang_up=True, after_work=True)
    discord.fails("POST", "/webhooks/{application}/{token}", hang_up=True)
    await is_refused(discord, ann, "Fish Audio is too busy right now. Please try again in a minute.")


@pytest.mark.slow
async def test_the_sound_that_waits_longest_for_discord_gives_way_when_memory_is_short(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    frame = b"\xff\xfb\x90\xc4" + bytes(413)
    large = frame * (9_900_000 // len(frame))
    fits = MOST_BYTES // len(large)
    fish.fails("POST", "/v1/tts", status=200, body=large, headers={"Content-Type": "audio/mpeg"}, times=fits + 1)
    postings = [discord.holds("PATCH", "/webhooks/*/@original") for _ in range(fits + 1)]
    uses: list[Use] = []
    for posting in postings:
        uses.append(await ann.uses("/say", text="word " * 140, wait=False))
        await posting.arrived()
    assert "Discord did not take the sound for so long" in (await uses[0].reply()).text
    for posting in postings:
        posting.release()
    assert [bool((await use.reply()).files) for use in uses[1:]] == [True] * fits
