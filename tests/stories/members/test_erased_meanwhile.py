"""After "It is done" nothing about a member is stored, sent or said, whatever was running at that moment."""

import asyncio

import pytest

from sandbox.discord import Discord, Member, Permission
from sandbox.fish_audio import FishAudio
from tests.databases.reading_tables import columns_containing
from tests.stories.bots.shared_reader import SharedReader
from tests.stories.running import LONGEST_WAIT, BotHere
from tests.stories.steps import ask_for_voice, asked, has_voice, until_later, wav
from tests.stories.stored import stored

ATTACHMENT = "*attachments/*"
ERASED = "You had everything about you deleted while this was under way"
NO_DRAFT = "There is no such draft of yours any more"


async def erases_everything(member: Member) -> None:
    await member.clicks(await member.uses("/privacy erase"), "Delete everything")


async def is_nowhere(bot: BotHere, member: Member) -> None:
    """Wait until the receipt has been sent, and check that no table holds anything about a member."""
    await until_later(bot, lambda: not columns_containing(bot.place, str(member.id), member.name), minutes=1)


async def test_while_an_attachment_is_fetched(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    fetching = discord.holds("GET", ATTACHMENT)
    use = await ann.uses("/voice create", name="Grandpa", sample=wav(), wait=False)
    await fetching.arrived()
    await erases_everything(ann)
    fetching.release()
    assert (await use.reply()).text.startswith(ERASED)
    await is_nowhere(bot, ann)
    assert not stored(bot.place, "SELECT voice_id FROM sample")


async def test_while_the_report_is_made(
    discord: Discord, fish: FishAudio, bot: BotHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = discord.member("Ann")
    begun, may_go_on = asyncio.Event(), asyncio.Event()
    read_sample = SharedReader.read_sample

    async def slowly(reader: SharedReader, data: bytes) -> object:
        begun.set()
        await may_go_on.wait()
        return await read_sample(reader, data)

    monkeypatch.setattr(SharedReader, "read_sample", slowly)
    use = await ann.uses("/voice create", name="Grandpa", sample=wav(), wait=False)
    await begun.wait()
    await erases_everything(ann)
    may_go_on.set()
    assert (await use.reply()).text.startswith(ERASED)
    await is_nowhere(bot, ann)


async def test_while_somebody_makes_a_draft_of_their_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    fetching = discord.holds("GET", ATTACHMENT)
    use = await ann.uses("/voice create", name="Hers", sample=wav(), speaker=bea, wait=False)
    await fetching.arrived()
    await erases_everything(bea)
    fetching.release()
    assert (await use.reply()).text == "I can't ask Bea for their voice."
    await is_nowhere(bot, bea)


@pytest.mark.slow
async def test_while_discord_takes_no_export(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await ann.clicks(await ann.uses("/voice create", name="Grandpa", sample=wav(seconds=20)), "Create my voice")
    answering = discord.holds("PATCH", "/webhooks/*/@original")
    discord.fails("PATCH", "/webhooks/*/@original", status=503)
    use = await ann.uses("/privacy export", wait=False)
    await answering.arrived()
    await erases_everything(ann)
    answering.release()
    reply = await use.reply()
    assert reply.text.startswith(ERASED)
    assert not reply.files


@pytest.mark.slow
async def test_while_discord_takes_no_question(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    report = await ann.uses("/voice create", name="Hers", sample=wav(), speaker=bea)
    asking = discord.holds("POST", f"/channels/{bea.dm.id}/messages")
    discord.fails("POST", f"/channels/{bea.dm.id}/messages", status=502)
    await ann.clicks(report, "Ask for consent")
    await asking.arrived()
    await erases_everything(ann)
    asking.release()
    await is_nowhere(bot, ann)
    await bot.rests()
    assert not [seen for seen in bea.dm_messages if seen.files or "Ann" in seen.text]


@pytest.mark.slow
async def test_while_a_draft_waits_for_its_owner(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/voice create", name="Grandpa", sample=wav())
    await erases_everything(ann)
    assert (await ann.clicks(report, "Create my voice")).text.startswith(NO_DRAFT)
    await is_nowhere(bot, ann)
    assert not asked(fish, "POST")


@pytest.mark.slow
async def test_while_a_recording_is_uploaded(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    uploading = fish.holds("POST", "/model")
    await ask_for_voice(ann, "Grandpa")
    await uploading.arrived()
    await erases_everything(ann)
    uploading.release()
    await until_later(bot, lambda: fish.deleted, minutes=1)
    await is_nowhere(bot, ann)
    assert not fish.voices


@pytest.mark.slow
@pytest.mark.settings(fish_concurrency=2)
async def test_while_a_recording_waits_for_its_turn(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben, cleo = discord.member("Ann"), discord.member("Ben"), discord.member("Cleo")
    await has_voice(bot, fish, ben, "Loud")
    await has_voice(bot, fish, cleo, "Louder")
    speaking = fish.holds("POST", "/v1/tts", times=2)
    uses = [await member.uses("/say", text="one", wait=False) for member in (ben, cleo)]
    await fish.until(lambda: len(asked(fish, "POST", template="/v1/tts")) == 2)
    await ask_for_voice(ann, "Grandpa")
    async with asyncio.timeout(LONGEST_WAIT):
        # What waits for its turn does nothing that could be waited for.
        while not stored(bot.place, "SELECT 1 FROM voice WHERE tag IS NOT NULL"):  # noqa: ASYNC110
            await asyncio.sleep(0)
    await erases_everything(ann)
    speaking.release()
    for use in uses:
        await use.reply()
    await is_nowhere(bot, ann)
    assert not asked(fish, "POST"), "no recording of hers was sent"


@pytest.mark.slow
async def test_while_the_notice_is_being_sent(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    opening = discord.holds("POST", "/users/@me/channels")
    await ask_for_voice(ann, "Grandpa")
    await opening.arrived()
    await erases_everything(ann)
    opening.release()
    await is_nowhere(bot, ann)
    assert not [seen for seen in ann.dm_messages if "is ready" in seen.text]


@pytest.mark.slow
async def test_while_the_entries_of_a_log_are_posted_one_after_the_other(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, mia = discord.member("Ann"), discord.manager("Mia")
    record = discord.add_channel("record")
    await has_voice(bot, fish, ann, "Grandpa")
    await mia.chooses(await mia.uses("/server settings"), record, menu="mynah-server:log")
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM log_entry"), minutes=0.05)
    posting = discord.holds("POST", f"/channels/{record.id}/messages")
    discord.fails("POST", f"/channels/{record.id}/messages", status=503)
    await ann.uses("/voice share", voice="Grandpa")
    await posting.arrived()
    await erases_everything(ann)
    posting.release()
    await is_nowhere(bot, ann)
    texts = "\n".join(seen.text for seen in discord.messages(record, viewer=mia))
    assert "Ann" not in texts
    assert "A voice is not shared here any more" in texts


async def test_what_a_member_did_is_recorded_without_their_name(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    mia = discord.member("Mia", permissions=Permission.ordinary() | Permission.MANAGE_GUILD)
    await has_voice(bot, fish, ann, "Grandpa")
    said = await ann.uses("/say", text="Hello")
    assert said.message is not None
    deleting = discord.holds("DELETE", f"/channels/{said.message.channel.id}/messages/{said.message.id}")
    click = await mia.clicks(said, "Delete", wait=False)
    await deleting.arrived()
    await erases_everything(mia)
    deleting.release()
    await click.reply()
    assert stored(bot.place, "SELECT deleted_by FROM utterance WHERE deleted_at IS NOT NULL") == [(None,)]
    await is_nowhere(bot, mia)


@pytest.mark.slow
async def test_news_of_a_voice_that_was_deleted_are_not_said(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    report = await ann.uses("/voice create", name="Hers", sample=wav(), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    outage = discord.fails("POST", f"/channels/{bea.dm.id}/messages", status=503, times=1000)
    await bea.clicks(question, "Approve")
    await ann.is_told("“Hers” is ready.")
    await ann.clicks(await ann.uses("/voice delete", voice="Hers"), "Delete it for good")
    outage.withdraw()
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM notice"), minutes=1)
    assert not [seen for seen in bea.dm_messages if "is ready" in seen.text]


@pytest.mark.slow
async def test_while_the_person_heard_approves(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, bea = discord.member("Ann"), discord.member("Bea")
    report = await ann.uses("/voice create", name="Hers", sample=wav(), speaker=bea)
    await ann.clicks(report, "Ask for consent")
    question = await bea.is_told("Ann asks for your voice.")
    bot.time_passes(hours=25)  # so that the recording is fetched from the question
    await until_later(bot, lambda: not stored(bot.database, "SELECT voice_id FROM sample"), minutes=1)
    fetching = discord.holds("GET", ATTACHMENT)
    click = await bea.clicks(question, "Approve", wait=False)
    await fetching.arrived()
    await erases_everything(ann)
    fetching.release()
    assert (await click.reply()).text.startswith("This voice is gone, or isn't yours.")
    await is_nowhere(bot, ann)
    assert not asked(fish, "POST")
