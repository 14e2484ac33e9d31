"""The notice that a voice is ready: it says what is so, and has buttons for what is left to do."""

import pytest

from bot.services.speech.previews import TEXT as PREVIEW
from sandbox.discord import Discord, Member, Refused, Reply, Seen, Upload
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, has_voice, make_voice, wav
from tests.stories.stored import stored

READY = "**“Grandpa” is ready.** Say something in it:"
PRIVATE = "-# Private: only you can use it."
SHARED = "-# Shared with everyone in Aviary."
DEFAULT = "-# Your default: `/say` uses it when you name no voice."
OTHER_DEFAULT = "-# `/say` uses “Grandma”, your default, when you name no voice."
ALL_USES = "SELECT asker_id, guild_id, characters, message_id FROM utterance"


async def says(member: Member, card: Seen, text: str) -> Reply:
    return await member.fills(await member.clicks(card, "Say something"), text=text)


@pytest.mark.slow
async def test_the_card_of_a_first_voice_says_that_it_is_the_default(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    notice = await make_voice(ann, "Grandpa")
    assert notice.text == f"{READY}\n{PRIVATE}\n{DEFAULT}"
    assert notice.buttons == ("Say something", "Another preview", "Share in Aviary", "Delete voice")
    shared = await ann.clicks(notice, "Share in Aviary")
    assert shared.message is notice.message
    assert shared.text == f"{READY}\n{SHARED}\n{DEFAULT}"
    assert shared.buttons == ("Say something", "Another preview", "Delete voice")
    assert fish.made(shared.audio, text=PREVIEW, voice="Grandpa"), "the preview stays"


@pytest.mark.slow
async def test_the_card_of_a_second_voice_names_the_default_and_can_change_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandma")
    notice = await make_voice(ann, "Grandpa")
    assert notice.text == f"{READY}\n{PRIVATE}\n{OTHER_DEFAULT}"
    assert notice.buttons == ("Say something", "Another preview", "Share in Aviary", "Make default", "Delete voice")
    await bot.restarts()
    assert (await ann.clicks(notice, "Make default")).text == f"{READY}\n{PRIVATE}\n{DEFAULT}"
    changed = await ann.clicks(notice, "Share in Aviary")
    assert changed.text == f"{READY}\n{SHARED}\n{DEFAULT}"
    assert changed.buttons == ("Say something", "Another preview", "Delete voice")


async def test_a_card_shows_what_was_decided_elsewhere_once_it_is_used(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandma")
    notice = await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    assert (await ann.clicks(notice, "Make default")).text == f"{READY}\n{SHARED}\n{DEFAULT}"


@pytest.mark.slow
async def test_what_is_said_from_a_card_counts_like_any_say(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    notice = await make_voice(ann, "Grandpa")
    await bot.restarts()
    form = await ann.clicks(notice, "Say something")
    assert form.modal is not None
    assert form.modal["title"] == "Say something"
    said = await ann.fills(form, text="Good morning!")
    assert said.message is not None
    assert (said.message.channel, said.ephemeral) == (ann.dm, False)
    assert said.text == "> Good morning!\n-# “Grandpa” · synthetic voice of Ann · asked for by Ann"
    assert fish.made(said.audio, text="Good morning!", voice="Grandpa")
    assert stored(bot.place, ALL_USES) == [(ann.id, None, 13, said.message.id)]
    assert "13 of 5,000" in (await ann.uses("/usage")).text
    verdict = await ann.uses("/verify", file=Upload("said.mp3", said.audio), in_=ann.dm)
    assert "asked for by Ann" in verdict.text
    assert notice.message is not None
    assert not notice.message.deleted


@pytest.mark.slow
@pytest.mark.settings(daily_characters_per_member=20)
async def test_what_is_said_from_a_card_has_the_limits_of_a_say(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, eve = discord.member("Ann"), discord.member("Eve")
    notice = await make_voice(ann, "Grandpa")
    assert (await says(ann, notice, "Good morning!")).files
    refused = await says(ann, notice, "Good evening!")
    assert "you have 7 of your 20 left today" in refused.text
    form = await ann.clicks(notice, "Say something")
    await ann.clicks(await ann.clicks(notice, "Delete voice"), "Delete it for good")
    assert "You deleted “Grandpa”." in (await ann.fills(form, text="Hello")).text
    assert eve.news == []


@pytest.mark.slow
async def test_a_card_in_the_channel_speaks_there_under_the_rules_of_the_server(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, eve, mia = discord.member("Ann"), discord.member("Eve"), discord.manager("Mia")
    ann.closes_dms()
    notice = await make_voice(ann, "Grandpa")
    assert notice.text == f"{ann.mention} {READY}\n{PRIVATE}\n{DEFAULT}"
    said = await says(ann, notice, "Hello")
    assert said.message is not None
    assert (said.message.channel, said.buttons) == (discord.server.channels[0], ("Again", "Delete"))
    assert (await eve.clicks(notice, "Say something")).text.startswith("This voice is gone, or isn't yours.")
    shared = await ann.clicks(notice, "Share in Aviary")
    assert shared.text == f"{ann.mention} {READY}\n{SHARED}\n{DEFAULT}"

    panel = await mia.uses("/server settings")
    await mia.fills(await mia.clicks(panel, "Limits and words"), longest_text="5")
    refused = await says(ann, notice, "Hello again")
    assert (refused.ephemeral, refused.files) == (True, ())
    assert "at most 5 characters" in refused.text


@pytest.mark.slow
async def test_the_person_heard_gets_the_preview_and_a_card_of_their_own(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav(), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    await bea.clicks(await bea.is_told("Ann asks for your voice."), "Approve")
    card = await bea.is_told("**“Grandpa”, your voice, made by Ann, is ready.** Say something in it:")
    assert fish.made(card.audio, text=PREVIEW, voice="Grandpa")
    assert "-# Private: only you and Ann can use it." in card.text
    assert card.buttons == ("Say something", "Another preview", "Share in Aviary", "Make default", "Revoke")
    said = await says(bea, card, "It is me")
    assert fish.made(said.audio, text="It is me", voice="Grandpa")
    chosen = await bea.clicks(card, "Make default")
    assert "Your default" in chosen.text
    notice = await ann.is_told("“Grandpa” is ready.")
    await bea.clicks(card, "Revoke")
    assert (await ann.clicks(notice, "Say something")).text.startswith("This voice is gone, or isn't yours.")


async def test_a_card_without_a_server_has_nothing_to_share(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav(), in_=ann.dm)
    await ann.clicks(report, "Create my voice")
    notice = await ann.is_told("“Grandpa” is ready.")
    assert notice.buttons == ("Say something", "Another preview", "Delete voice")


async def test_a_card_names_servers_and_voices_as_they_are_called(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    long = discord.add_server("x" * 100)
    ann.joins(long)
    report = await ann.uses("/voice create", name="y" * 40, sample=wav(), in_=long.channels[0])
    await ann.clicks(report, "Create my voice")
    notice = await ann.is_told(f"“{'y' * 40}” is ready.")
    assert notice.buttons[2] == f"Share in {'x' * 70}…"
    assert (await says(ann, notice, "Hello")).files


async def test_a_failure_can_be_retried_once(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fish.fails("POST", "/model", status=422)
    await ask_for_voice(ann, "Grandpa")
    failure = await ann.is_told("“Grandpa” could not be made.")
    assert failure.buttons == ("Retry", "Delete voice")
    retried = await ann.clicks(failure, "Retry")
    assert (retried.message, retried.buttons) == (failure.message, ())
    assert "tried again with the same sample" in retried.text
    await ann.is_told("“Grandpa” is ready.")


@pytest.mark.slow
async def test_another_preview_is_one_of_ten_a_day(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, eve = discord.member("Ann"), discord.member("Eve")
    ann.closes_dms()  # so that others see the notice
    notice = await make_voice(ann, "Grandpa")
    heard = await ann.fills(await ann.clicks(notice, "Another preview"), text="How do **you** do?")
    assert fish.made(heard.audio, text="How do you do?", voice="Grandpa")
    assert (heard.text, heard.buttons) == (
        "> How do \\*\\*you\\*\\* do?\n-# “Grandpa” · synthetic voice of Ann · asked for by Ann",
        (),
    )
    assert heard.ephemeral
    assert "everywhere: 0 of" in (await ann.uses("/usage")).text
    assert stored(bot.place, "SELECT asker_id, characters FROM utterance") == [(ann.id, 0)]

    with pytest.raises(Refused):
        await ann.fills(await ann.clicks(notice, "Another preview"), text="a" * 84)
    too_long = await ann.fills(await ann.clicks(notice, "Another preview"), text="<t:0:F>" * 10)
    assert too_long.text.startswith("A preview has at most 83 characters as it is spoken; yours has")
    for _ in range(8):  # the first one came with the notice
        assert (await ann.fills(await ann.clicks(notice, "Another preview"), text="Again")).audio
    refusal = await ann.fills(await ann.clicks(notice, "Another preview"), text="And again")
    assert refusal.text.startswith("There is no preview left today. ")
    assert (await ann.uses("/say", text="Hello")).audio
    assert (await eve.clicks(notice, "Another preview")).text.startswith("This voice is gone, or isn't yours.")
