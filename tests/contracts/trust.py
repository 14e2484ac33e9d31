"""A part of the bot's life: people are asked, rules are made, uses are shown, and everything is erased."""

import re
from typing import Any

from sandbox.discord import Discord, Member, Upload
from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav
from tests.stories.running import BotHere
from tests.stories.steps import asked, until_answered, wav, with_


async def trust_is_built(discord: Discord, fish: FishAudio, bot: BotHere, ann: Member) -> None:
    mia, bea, cem = discord.manager("Mia"), discord.member("Bea"), discord.member("Cem")
    await _rules_are_made(discord, mia, cem)
    await _somebody_else_is_heard(fish, mia, ann, bea)
    await _a_voice_is_shared_with_a_role(discord, bot, bea, cem)
    await _uses_are_looked_at_and_deleted(discord, bot, mia, bea, cem)
    await _everything_of_somebody_is_erased(fish, bot, bea)


async def _rules_are_made(discord: Discord, mia: Member, cem: Member) -> None:
    role, channel = discord.add_role("Singers"), discord.server.channels[0]
    cem.gets(role)
    panel = await mia.uses("/server settings")
    for menu, chosen in (("creators", role), ("speakers", role), ("channels", channel)):
        panel = await mia.chooses(panel, chosen, menu=f"mynah-server:{menu}")
    for menu in ("creators", "speakers"):
        panel = await mia.chooses(panel, menu=f"mynah-server:{menu}")
    panel = await mia.chooses(panel, discord.add_channel("bird-log"), menu="mynah-server:log")
    await until_posted(discord)
    form = await mia.clicks(panel, "Limits and words")
    panel = await mia.fills(form, longest_text="500", member_characters="5000", forbidden_words="fiddle\nbad word")
    assert "A text: up to 500 characters" in panel.text
    await mia.clicks(panel, "Ask for spoken consent")
    await mia.uses("/server block", member=cem)
    await mia.uses("/server unblock", member=cem)


async def until_posted(discord: Discord) -> None:
    channel = discord.server.channels[-1]
    await until_answered(discord, "POST", f"/channels/{channel.id}/messages", status=200)


async def _somebody_else_is_heard(fish: FishAudio, mia: Member, ann: Member, bea: Member) -> None:
    given = await ann.uses("/voice create", name="Nightingale", sample=wav(), speaker=bea)
    sentence = re.search("^> (.+)$", given.text, re.MULTILINE)
    assert sentence
    sample = Upload("sample.wav", sample_wav(sentence[1]))
    report = await ann.uses("/voice create", name="Nightingale", sample=sample, speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    await bea.clicks(question, "Approve")
    await bea.is_told("is ready.")
    assert asked(fish, "POST", template="/v1/asr")
    await mia.clicks(await mia.uses("/server settings"), "Don't ask for spoken consent")


async def _a_voice_is_shared_with_a_role(discord: Discord, bot: BotHere, bea: Member, cem: Member) -> None:
    assert await bea.completes("/voice share", "until", "2 h", voice="Nightingale")
    role = discord.server.roles[-1]
    await bea.uses("/voice share", voice="Nightingale", until="2 hours", **with_(role))
    await bot.rests()  # a running request to Fish Audio would be cancelled
    bot.time_passes(minutes=6)  # memberships are asked for again
    assert (await cem.uses("/say", text="Hello", voice="Nightingale")).audio


async def _uses_are_looked_at_and_deleted(
    discord: Discord, bot: BotHere, mia: Member, bea: Member, cem: Member
) -> None:
    said = [await cem.uses("/say", text=text, voice="Nightingale") for text in ("One", "Two")]
    await bot.rests()
    await cem.uses("/verify", file=Upload("clip.mp3", said[0].audio))
    await mia.uses_on("Who said this?", said[0]).reply()
    assert (await mia.uses("/usage")).files
    await mia.uses("/server voices")
    await bea.clicks(said[0], "Delete")
    card = await bea.uses("/voice show", voice="Nightingale")
    await bea.chooses(card, _newest_use(card.message))
    assert said[1].message is not None
    assert said[1].message.deleted


def _newest_use(message: Any) -> str:
    [menu] = [part for row in message.components for part in row["components"] if part["type"] == 3]
    return str(menu["options"][0]["value"])


async def _everything_of_somebody_is_erased(fish: FishAudio, bot: BotHere, bea: Member) -> None:
    assert (await bea.uses("/privacy export")).files
    await bea.uses("/privacy cloning", choice="never")
    await bea.clicks(await bea.uses("/privacy erase"), "Delete everything")
    await fish.until(lambda: "Nightingale" in [voice.title for voice in fish.deleted])
    await bea.is_told("This is your receipt")
