"""The same words in the same voice are not spoken twice within an hour."""

import asyncio

import pytest

from sandbox.discord import Discord, Member, Reply
from sandbox.fish_audio import FishAudio
from sandbox.fish_audio.speech.mpeg import frames
from tests.stories.running import BotHere
from tests.stories.steps import asked, has_voice
from tests.stories.stored import stored

SPEECH = "/v1/tts"
WORDS = "Good morning"

pytestmark = pytest.mark.settings(sound_cache_megabytes=1)


async def shared_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> tuple[Member, Member]:
    """Return the owner of a voice that is shared, and somebody else who may use it."""
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    return ann, ben


async def says(member: Member, words: str = WORDS) -> Reply:
    return await member.uses("/say", voice="Grandpa", text=words)


def requests(fish: FishAudio) -> int:
    return len(asked(fish, "POST", template=SPEECH))


async def test_the_sound_of_the_same_words_is_posted_again_with_a_mark_and_a_record_of_its_own(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = await shared_voice(discord, fish, bot)
    first, second = await says(ann), await says(ben)
    assert requests(fish) == 1
    assert fish.made(second.audio, text=WORDS, voice="Grandpa")
    assert frames(first.audio) == frames(second.audio)
    assert first.audio != second.audio
    assert b"asked for by Ben" in second.audio

    records = stored(bot.place, "SELECT id, asker_id, characters, file_hash FROM utterance ORDER BY made_at")
    assert [(asker, characters) for _, asker, characters, _ in records] == [(ann.id, len(WORDS)), (ben.id, 0)]
    assert len({id_ for id_, *_ in records}) == len({file_hash for *_, file_hash in records}) == 2


@pytest.mark.slow
@pytest.mark.settings(sound_cache_megabytes=1, daily_characters_per_member=20)
async def test_a_sound_that_is_at_hand_costs_no_characters(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, _ = await shared_voice(discord, fish, bot)
    for _ in range(3):
        assert (await says(ann)).files
    assert "you have 8 of your 20 left" in (await says(ann, "Something else")).text
    assert (await says(ann, "Just 8 c")).files


async def test_those_who_ask_at_the_same_moment_share_one_request(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = await shared_voice(discord, fish, bot)
    speech = fish.holds("POST", SPEECH)
    waiting = [asyncio.ensure_future(says(member)) for member in (ann, ben)]
    await speech.arrived()
    cleo = await ann.uses("/say", voice="Grandpa", text=WORDS, wait=False)
    assert await cleo.answered()
    speech.release()
    assert all(reply.files for reply in (*(await asyncio.gather(*waiting)), await cleo.reply()))
    assert requests(fish) == 1
    assert stored(bot.place, "SELECT * FROM charge") == []
    [(spent,)] = stored(bot.place, "SELECT SUM(characters) FROM budget WHERE scope LIKE 'server%'")
    assert spent == len(WORDS)


async def test_a_failure_is_told_to_all_who_wait_and_costs_nobody_anything(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = await shared_voice(discord, fish, bot)
    speech = fish.holds("POST", SPEECH)
    fish.fails("POST", SPEECH, status=400, body={"status": 400, "message": "Too rude"})
    uses = [await member.uses("/say", voice="Grandpa", text=WORDS, wait=False) for member in (ann, ben)]
    await speech.arrived()
    assert all([await use.answered() for use in uses])
    speech.release()
    assert all(["refused this text" in (await use.reply()).text for use in uses])
    assert requests(fish) == 1
    assert stored(bot.place, "SELECT SUM(characters) FROM budget") == [(0,)]
    assert (await says(ann)).files


async def test_after_an_hour_the_words_are_spoken_anew(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, _ = await shared_voice(discord, fish, bot)
    await says(ann)
    bot.time_passes(minutes=59)
    assert (await says(ann)).files
    assert requests(fish) == 1
    bot.time_passes(minutes=2)
    assert (await says(ann)).files
    assert requests(fish) == 2


async def test_whoever_may_not_use_the_voice_gets_no_sound_of_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = await shared_voice(discord, fish, bot)
    await says(ben)
    await ann.uses("/voice unshare", voice="Grandpa")
    assert not (await says(ben)).files
    question = await ann.uses("/voice delete", voice="Grandpa")
    await ann.clicks(question, "Delete it for good")
    assert not (await says(ann)).files
    assert requests(fish) == 1


@pytest.mark.slow
async def test_a_deletion_and_an_erasure_empty_the_memory(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = await shared_voice(discord, fish, bot)
    await has_voice(bot, fish, ben, "Deleted")
    await says(ann)
    question = await ben.uses("/voice delete", voice="Deleted")
    await ben.clicks(question, "Delete it for good")
    await says(ann)
    assert requests(fish) == 2

    question = await ben.uses("/privacy erase")
    await ben.clicks(question, question.buttons[0])
    await says(ann)
    assert requests(fish) == 3


@pytest.mark.slow
async def test_managers_can_have_the_same_words_spoken_anew(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    mia = discord.manager("Mia")
    ann, _ = await shared_voice(discord, fish, bot)
    panel = await mia.uses("/server settings")
    assert "The same words again within an hour: the same sound" in panel.text
    panel = await mia.clicks(panel, "Speak the same words anew")
    assert "The same words again within an hour: spoken anew" in panel.text
    await says(ann, "Five!")
    await says(ann, "Five!")
    assert requests(fish) == 2

    await mia.clicks(panel, "Reuse the sound of the same words")
    await says(ann, "Six")
    await says(ann, "Six")
    assert requests(fish) == 3
