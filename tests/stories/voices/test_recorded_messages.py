"""A member makes a voice of a voice message or a recording that they have sent, and of nobody else's."""

import re

import pytest

from sandbox.discord import Discord, Upload
from sandbox.fish_audio import FishAudio
from sandbox.recorder import Recording, record
from sandbox.speech import sample_wav
from tests.stories.consent.test_spoken_consent import asks_for_spoken_consent
from tests.stories.running import BotHere
from tests.stories.stored import stored

MENU_ENTRY = "Make this my voice"


def voice_message() -> Recording:
    return record(sample_wav(seconds=11))


@pytest.mark.slow
async def test_a_voice_message_becomes_a_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    message = ann.sends_voice_message(voice_message())

    report = await ann.uses_on(MENU_ENTRY, message).reply()
    assert report.ephemeral
    assert report.text.startswith("**Your sample for “My voice”**\n11 s ✓")
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“My voice” is ready.")

    another = await ann.uses_on(MENU_ENTRY, message).reply()
    assert another.text.startswith("**Your sample for “My voice 2”**")


@pytest.mark.slow
async def test_a_long_message_is_offered_its_best_seconds(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    sent = Upload("memo.wav", sample_wav(seconds=270, sample_rate=8_000))
    message = ann.says("", sent)

    report = await ann.uses_on(MENU_ENTRY, message).reply()
    found = re.search(r"\nYour recording is 4 min 30 s long: these are its best (2\d|30) seconds\.\n", report.text)
    assert found, report.text
    [kept] = stored(bot.place, "SELECT length(data) FROM sample")[0]
    assert kept / (8_000 * 2) == pytest.approx(int(found[1]), abs=0.6)
    await ann.clicks(report, "Create my voice")
    await ann.is_told("“My voice” is ready.")

    refusal = await ann.uses("/voice create", name="Grandpa", sample=sent)  # who attaches a file can cut it
    assert refusal.text.startswith("That recording is longer than 4 minutes.")
    await asks_for_spoken_consent(discord, bot.place)
    assert "> I agree that my voice is cloned" in (await ann.uses_on(MENU_ENTRY, message).reply()).text
    refusal = await ann.uses_on(MENU_ENTRY, message).reply()  # the sentence may be in what would be left out
    assert refusal.text.startswith("That recording is longer than 4 minutes.")


@pytest.mark.slow
async def test_the_sound_is_taken_where_a_message_holds_a_picture_too(discord: Discord, bot: BotHere) -> None:
    ann = discord.member("Ann")
    picture = Upload("me.png", b"\x89PNG\r\n\x1a\n" + bytes(100))

    sound = Upload("me.ogg", voice_message().data)
    both = await ann.uses_on(MENU_ENTRY, ann.says("My voice", picture, sound)).reply()
    assert "11 s ✓" in both.text
    alone = await ann.uses_on(MENU_ENTRY, ann.says("Me", picture)).reply()
    assert alone.text.startswith("That file is a picture.")


@pytest.mark.slow
async def test_nobody_makes_a_voice_of_somebody_elses_message(discord: Discord, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")

    refusal = await ben.uses_on(MENU_ENTRY, ann.sends_voice_message(voice_message())).reply()
    assert refusal.ephemeral
    assert refusal.text.startswith("Somebody else sent that message, and a voice is made only for the person who")
    nothing = await ben.uses_on(MENU_ENTRY, ben.says("Hello")).reply()
    assert nothing.text.startswith("There is no file in that message.")
    assert stored(bot.place, "SELECT * FROM voice") == []
