"""Members see, download and delete what is stored about them, with a receipt when the last of it is gone."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from sandbox.discord import Discord, Member, Reply, Seen
from sandbox.fish_audio import FishAudio
from tests.databases.reading_tables import columns_containing
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import ask_for_voice, has_voice, make_voice, sees_in_list, until_later, wav
from tests.stories.stored import stored

RECEIPT = "This is your receipt"


async def erases_everything(member: Member) -> Reply:
    return await member.clicks(await member.uses("/privacy erase"), "Delete everything")


def receipts(member: Member) -> list[Seen]:
    return [seen for seen in member.dm_messages if RECEIPT in seen.text]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_member_sees_and_downloads_what_is_stored(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    nothing = await ben.uses("/privacy show")
    assert "no voices, no samples, no shares, no records of use" in nothing.text
    await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await ben.uses("/say", voice="Grandpa", text="A secret")
    await ann.uses("/voice create", name="Draft", sample=wav(filename="me.wav"))

    shown = await ann.uses("/privacy show")
    assert shown.ephemeral
    first, *rest = shown.text.splitlines()
    assert first == (
        "**Stored about you now:** 2 voices, 1 sample, 1 share, 1 record of use, no names of voices that are gone."
    )
    assert len(rest) == 5

    reply = await ann.uses("/privacy export")
    assert reply.ephemeral
    [file] = reply.files
    archive = zipfile.ZipFile(io.BytesIO(file.data))
    document = json.loads(archive.read("mynah.json"))
    assert [voice["name"] for voice in document["voice"]] == ["Grandpa", "Draft"]
    assert [use["asker_name"] for use in document["utterance"]] == ["another member A"]
    assert "Ben" not in json.dumps(document)
    assert str(ben.id) not in json.dumps(document)
    assert document["preference"][0]["member_id"] == str(ann.id)
    assert "A secret" not in json.dumps(document)
    [sample] = [name for name in archive.namelist() if name.startswith("samples/")]
    assert archive.read(sample) == wav().data


@pytest.mark.slow
async def test_a_sample_too_large_for_discord_is_named(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await ann.uses("/voice create", name="Long", sample=wav(seconds=60, filename="long.wav"))
    await ann.uses("/voice create", name="Longer", sample=wav(seconds=61, filename="longer.wav"))
    reply = await ann.uses("/privacy export")
    assert "not in it: longer.wav." in reply.text
    names = zipfile.ZipFile(io.BytesIO(reply.files[0].data)).namelist()
    assert [name.partition("-")[2] for name in names] == ["", "long.wav"]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_erasing_leaves_nothing_and_sends_one_receipt_at_the_end(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    notice = await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await ben.uses("/say", voice="Grandpa", text="Hello")
    await ben.uses("/voice default", voice="Grandpa")
    await has_voice(bot, fish, ann, "Grandma")
    await ann.clicks(await ann.uses("/voice delete", voice="Grandma"), "Delete it for good")
    outage = fish.fails("DELETE", "/model/{id}", status=503, times=1000)

    question = await ann.uses("/privacy erase")
    assert "records of who used your voices and which voices you used" in question.text
    assert (await ann.clicks(question, "Cancel")).text == "Nothing was deleted."
    question = await ann.uses("/privacy erase")
    forged = await ben.forges(notice, custom_id=f"mynah-erase:{ann.id}")
    assert forged.text == "Only the member who asked for this button can use it. `/privacy erase` gives you your own."
    malformed = await ben.forges(notice, custom_id="mynah-erase:me")
    assert malformed.text.startswith("This button does nothing any more.")
    assert forged.ephemeral
    assert malformed.ephemeral
    assert "“Grandpa”" in (await ann.uses("/voice list")).text

    assert (await ann.clicks(question, "Delete everything")).text.startswith("It is done:")
    assert (await ben.uses("/say", voice="Grandpa", text="Hello")).text.startswith("There is no voice called")
    bot.time_passes(minutes=60)
    await bot.restarts()
    assert columns_containing(bot.place, str(ann.id), "Ann") <= {"erasure.member_id", "erasure_voice.member_id"}
    assert not receipts(ann)

    outage.withdraw()
    await until_later(bot, lambda: receipts(ann), minutes=30)
    assert not fish.voices
    assert "1 voice with all that belongs to them, 1 record of use" in receipts(ann)[0].text
    await until_later(bot, lambda: not columns_containing(bot.place, str(ann.id), "Ann"), minutes=1)
    again = await erases_everything(ann)
    assert again.text.startswith("There is nothing about you here to delete.")
    assert len(receipts(ann)) == 1


@pytest.mark.slow
@pytest.mark.both_engines
async def test_erasing_keeps_the_choice_never_to_be_asked(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    await has_voice(bot, fish, bea, "Mine")
    await bea.uses("/privacy cloning", choice="never")
    assert "that stays: nobody can ask you for your voice" in (await erases_everything(bea)).text
    assert stored(bot.place, "SELECT member_id, default_voice_id, cloning FROM preference") == [(bea.id, None, "never")]
    refused = await ann.uses("/voice create", name="Hers", sample=wav(), speaker=bea)
    assert refused.text == "I can't ask Bea for their voice."
    receipt = await bea.is_told(RECEIPT)
    assert re.search(r"you asked me to delete on <t:\d+:f> is gone", receipt.text)
    assert re.search(r"the last one was gone there on <t:\d+:f>\.", receipt.text)
    assert (await erases_everything(bea)).text.startswith("There is nothing about you here to delete.")


@pytest.mark.slow
async def test_erasing_the_person_heard_deletes_their_voices_too(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    for name in ("Agreed", "Asked"):
        report = await ann.uses("/voice create", name=name, sample=wav(), speaker=bea)
        await ann.clicks(report, "Ask for consent")
        question = await bea.is_told("Ann asks for your voice.")
        if name == "Agreed":
            await bea.clicks(question, "Approve")
            await ann.is_told("“Agreed” is ready.")
            await ann.uses("/voice share", voice="Agreed")
    await has_voice(bot, fish, ann, "Mine")
    assert "3 voices" in (await ann.uses("/privacy show")).text

    await erases_everything(bea)
    for name in ("Agreed", "Asked"):
        await ann.is_told(f"“{name}” is deleted, here and at Fish Audio: the person whose voice it is had everything")
    await fish.until(lambda: [voice.title for voice in fish.voices] == ["Mine"])
    await until_later(bot, lambda: not columns_containing(bot.place, str(bea.id), "Bea"), minutes=0.1)
    assert "Mine" in (await ann.uses("/voice list")).text
    assert (await bea.clicks(question, "Approve")).text.startswith("This voice is gone, or isn't yours.")
    assert len(receipts(bea)) == 1


@pytest.mark.slow
async def test_a_voice_whose_creation_is_unclear_is_found_and_deleted_before_the_receipt(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    fish.lists_lag(reads=3)
    fish.hangs_up_after("POST", "/model")
    await ask_for_voice(ann, "Grandpa")
    await fish.until(lambda: fish.voices)
    await sees_in_list(bot, ann, "“Grandpa”: waiting for Fish Audio")
    await erases_everything(ann)
    await until_later(bot, lambda: fish.deleted, minutes=0.1)
    assert not receipts(ann), "another one could still come to light"
    await until_later(bot, lambda: receipts(ann), minutes=5)
    assert not fish.voices
    assert "1 voice of yours had been sent to Fish Audio" in receipts(ann)[0].text


@pytest.mark.parametrize("gone", [False, True])
async def test_a_bot_that_was_killed_sends_the_receipt_once(
    gone: bool, process: BotProcess, discord: Discord, fish: FishAudio, tmp_path: Path
) -> None:
    ann = discord.member("Ann")
    await process.is_up()
    await has_voice(process, fish, ann, "Grandpa")
    if gone:
        moment = discord.holds("POST", f"/channels/{ann.dm.id}/messages", after_work=True)  # the receipt
    else:
        moment = fish.holds("DELETE", "/model/{id}")
    await erases_everything(ann)
    await moment.arrived()
    await process.is_killed()
    moment.release()

    next_life = BotHere(discord, fish, tmp_path, {})
    await next_life.starts()
    await until_later(next_life, lambda: receipts(ann), minutes=1)
    await until_later(next_life, lambda: not columns_containing(next_life.place, str(ann.id)), minutes=0.1)
    assert (len(receipts(ann)), fish.voices) == (1, [])
    await next_life.stops()
