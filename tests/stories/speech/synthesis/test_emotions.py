"""`emotion` of `/say` changes how a text is spoken, under the rules that hold for the text."""

import pytest

from sandbox.discord import Discord, Member, Permission
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, sentence_of
from tests.stories.stored import stored


async def test_an_emotion_is_suggested_sent_as_a_cue_shown_and_counted(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    suggested = await ann.completes("/say", "emotion", "exc")
    assert suggested == [("excited", "excited")]

    reply = await ann.uses("/say", text="We won. **Really**!", emotion="excited")

    assert fish.made(reply.audio, text="[excited] We won. [excited] Really!", voice="Grandpa")
    assert reply.text.endswith("\n-# “Grandpa” · synthetic voice of Ann · asked for by Ann · “excited”")
    assert stored(bot.place, "SELECT characters FROM utterance") == [(len("[excited] We won. [excited] Really!"),)]


async def test_a_servers_forbidden_words_hold_for_the_emotion_too(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    manager = discord.member("Max", permissions=Permission.ordinary() | Permission.MANAGE_GUILD)
    form = await manager.clicks(await manager.uses("/server settings"), "Limits and words")
    await manager.fills(form, forbidden_words="drunk\nwon really")
    spoken = len(fish.spoken)

    for text, emotion in (("Hello", "like a DRUNK sailor"), ("We won. Really!", "excited")):
        refusal = await ann.uses("/say", text=text, emotion=emotion)
        assert sentence_of(refusal).startswith("That text holds a word that may not be spoken in this server."), text
    assert len(fish.spoken) == spoken


@pytest.mark.settings(fish_model="s1")
async def test_what_the_engine_would_read_aloud_is_never_sent(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    refusal = await ann.uses("/say", text="Hello", emotion="very excited")
    assert sentence_of(refusal) == "The engine would read “very excited” aloud. Pick an emotion from the list."
    assert not fish.spoken
