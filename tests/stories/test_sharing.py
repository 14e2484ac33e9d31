"""Voices are private until their owner shares them with a server, and again when they are taken back."""

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.voices import make_voice


async def test_a_shared_voice_works_until_it_is_taken_back(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await make_voice(ann, "Grandpa")

    await ann.uses("/voice share", voice="Grandpa")
    reply = await ben.uses("/say", voice="Grandpa", text="Hello")
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")

    await ann.uses("/voice unshare", voice="Grandpa")
    reply = await ben.uses("/say", voice="Grandpa", text="Hello again")
    assert reply.text == "Ann no longer shares “Grandpa” with this server."
    assert reply.ephemeral
