"""Whoever typed a text and hears nothing gets it back at once, in private, to send it again."""

import pytest

from bot.services.speech.synthesis.synthesis import FIRST_SOUND_SECONDS
from sandbox.discord import Discord, Reply
from sandbox.discord.world.model import CallbackType
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import asked, has_voice, make_voice, sentence_of, wav

ORIGINAL = "/webhooks/{application}/{token}/messages/@original"
TEXT = "Hello *there*"


def gives_back(reply: Reply) -> bool:
    """Return whether a reply is private and quotes `TEXT`, with nothing in it live."""
    assert reply.message is not None
    return reply.ephemeral and reply.message.content.endswith("\n-# Your text:\n> Hello \\*there\\*")


async def test_without_a_sound_nobody_waits_for_a_minute(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    speech = fish.holds("POST", "/v1/tts")
    use = await ann.uses("/say", text=TEXT, wait=False)
    await speech.arrived()
    bot.hangs(seconds=FIRST_SOUND_SECONDS + 1)
    reply = await use.reply()
    assert sentence_of(reply) == "Fish Audio did not answer. Please try again in a minute."
    assert gives_back(reply)
    assert discord.messages(discord.server.channels[0], viewer=discord.member("Witness")) == []


@pytest.mark.slow
async def test_a_trouble_that_is_known_is_told_before_anybody_sees_thinking(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    troubles: list[tuple[int, str, str]] = [
        (401, "Invalid Token", "The bot's host must renew"),
        (402, "Insufficient API credit.", "The host's Fish Audio credit"),
        (503, "Overloaded", "Fish Audio did not answer."),
    ]
    for status, message, sentence in troubles:
        rule = fish.fails("POST", "/v1/tts", times=100, status=status, body={"status": status, "message": message})
        for _ in range(2):
            await ann.uses("/say", text=TEXT)
        before = len(asked(fish, "POST", template="/v1/tts"))
        reply = await ann.uses("/say", text=TEXT)
        assert reply.text.startswith(sentence)
        assert gives_back(reply)
        assert reply.interaction.answered is CallbackType.MESSAGE
        assert len(asked(fish, "POST", template="/v1/tts")) == before
        rule.withdraw()
        bot.time_passes(minutes=2)
        assert (await ann.uses("/say", text=TEXT)).files


@pytest.mark.settings(daily_characters_per_member=30)
async def test_every_refusal_gives_the_text_back(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, mia = discord.member("Ann"), discord.manager("Mia")
    assert gives_back(await ann.uses("/say", text=TEXT)), "no voice"
    await has_voice(bot, fish, ann, "Grandpa")
    assert gives_back(await ann.uses("/say", text=TEXT, voice="Nobody"))

    fish.fails("POST", "/v1/tts", status=400, body={"status": 400, "message": "Bad words"})
    assert gives_back(await ann.uses("/say", text=TEXT))
    discord.fails("PATCH", ORIGINAL, status=400, code=200000)
    assert gives_back(await ann.uses("/say", text=TEXT))
    said = await ann.uses("/say", text=TEXT)
    assert said.files
    refused = await ann.uses("/say", text=TEXT)
    assert "left today" in refused.text
    assert gives_back(refused)

    opened = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
    await mia.fills(opened, forbidden_words="there", longest_text="5")
    assert gives_back(await ann.uses("/say", text=TEXT))
    await mia.uses("/server block", member=ann)
    assert gives_back(await ann.uses("/say", text=TEXT))


async def test_a_text_from_the_form_comes_back_too(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    opened = await ann.clicks(await make_voice(ann, "Grandpa"), "Say something")
    fish.fails("POST", "/v1/tts", status=400, body={"status": 400, "message": "Bad words"})
    assert gives_back(await ann.fills(opened, text=TEXT))


async def test_a_transcript_comes_back(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    assert gives_back(await ann.uses("/voice create", name="Grandpa", sample=wav(), transcript=TEXT))
    long = "*a* " * 499
    reply = await ann.uses("/voice create", name="Grandpa", sample=wav(), transcript=long)
    assert [file.filename for file in reply.files] == ["your-text.txt"]
    assert reply.files[0].data == long.encode()
    assert reply.text.endswith("\nYour text is in the file.")
