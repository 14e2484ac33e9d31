"""`preview` of `/say`: hear it first, choose between takes, and post one, once."""

import asyncio

import pytest

from sandbox.discord import Channel, Discord, Member, Permission
from sandbox.discord.people.replies import Reply, Seen, look_at
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.speech.delivery.voice_messages import AS_FILE, AS_VOICE, Spoken, spoken_in, until_thought
from tests.stories.steps import is_taken_back
from tests.stories.stored import add_row, change_stored, stored

TAKES = "SELECT id FROM take"
POSTED = "SELECT characters FROM utterance WHERE message_id IS NOT NULL ORDER BY made_at"
COUNTED = "SELECT MAX(characters) FROM budget"
GONE = (
    "That take is gone: it was posted or discarded, its voice was deleted, or its 15 minutes are over. `/say` makes a "
    "new one."
)


@pytest.fixture
def channel(discord: Discord) -> Channel:
    return discord.server.channels[0]


def now_shows(card: Seen) -> Seen:
    """Look at a card again."""
    assert card.message is not None
    return look_at(card.message)


def message_link(discord: Discord, channel: Channel, message_id: int) -> str:
    return f"https://discord.com/channels/{discord.server.id}/{channel.id}/{message_id}"


async def posts(member: Member, take: Reply, channel: Channel) -> list[Spoken]:
    """Post a take and return the voice messages that are in the channel then."""
    await until_thought(await member.clicks(take, "Post it", wait=False))
    return spoken_in(channel)


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_take_is_heard_alone_and_posted_with_a_click_after_a_restart(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("Ben")
    text = f"Hello {ben.mention}, *how* are you?"
    words = "[happy] Hello Ben, how are you?"
    first = await ann.uses("/say", text=text, emotion="happy", speed=1.5, preview=True)
    second = await ann.clicks(first, "Another take")
    for take in (first, second):
        assert take.ephemeral
        assert fish.made(take.audio, text=words, voice="Grandpa")
        assert take.buttons == ("Post it", "Another take", "Discard")
        assert "Only you hear this, and can post it until <t:" in take.text
    assert discord.messages(discord.server.channels[0], viewer=ben) == []
    assert (len(fish.spoken), stored(bot.place, POSTED)) == (2, [])
    assert stored(bot.place, COUNTED) == [(2 * len(words),)]

    await bot.restarts()
    said = await ann.clicks(first, "Post it")

    assert said.audio == first.audio
    assert not said.ephemeral
    assert said.text == "\n".join(first.text.splitlines()[:-1])
    assert said.buttons == ("Again", "Delete")
    assert (len(fish.spoken), stored(bot.place, POSTED)) == (2, [(len(words),)])
    assert stored(bot.place, COUNTED) == [(2 * len(words),)]
    await bot.until(lambda: len(stored(bot.place, TAKES)) == 1)
    await bot.rests()
    assert said.message is not None
    card, link = now_shows(first), message_link(discord, discord.server.channels[0], said.message.id)
    assert (card.text, card.buttons, card.files) == (f"Posted: {link}", (), ())
    assert now_shows(second).buttons == ("Post it", "Another take", "Discard")
    assert (await ann.clicks(second, "Discard")).text == "Discarded: nothing was posted, and the sound is deleted."
    assert stored(bot.place, TAKES) == []
    assert len(discord.messages(discord.server.channels[0], viewer=ben)) == 1


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_double_click_posts_once(discord: Discord, fish: FishAudio, ann: Member, bot: BotHere) -> None:
    take = await ann.uses("/say", text="Hello", preview=True)
    uses = [await ann.clicks(take, "Post it", wait=False) for _ in range(3)]
    replies = await asyncio.gather(*(use.reply() for use in uses))
    assert sum(not reply.ephemeral for reply in replies) == 1
    assert len(discord.messages(discord.server.channels[0], viewer=discord.member("Ben"))) == 1
    assert stored(bot.place, POSTED) == [(5,)]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_of_two_processes_one_posts_a_take(discord: Discord, fish: FishAudio, ann: Member, bot: BotHere) -> None:
    take = await ann.uses("/say", text="Hello", preview=True)
    acknowledged = discord.holds("POST", "/interactions/*/*/callback")
    use = await ann.clicks(take, "Post it", wait=False)
    await acknowledged.arrived()  # this process has seen that the take is not posted yet
    [(take_id,)] = stored(bot.place, TAKES)
    names = {"voice_name": "Grandpa", "owner_name": "Ann", "asker_name": "Ann", "sound_hash": "h", "file_hash": "h"}
    record = {"id": take_id, "made_at": bot.clock.now(), "voice_id": "v", "owner_id": ann.id, "asker_id": ann.id}
    other = {**record, **names, "channel_id": 1, "characters": 5}
    await change_stored(bot.place, lambda connection: add_row(connection, "utterance", other))
    acknowledged.release()
    refusal = await use.reply()
    assert (refusal.text.partition(". ")[0], refusal.ephemeral) == ("That take is being posted", True)
    assert discord.messages(discord.server.channels[0], viewer=discord.member("Witness")) == []
    assert stored(bot.place, "SELECT id FROM utterance") == [(take_id,)]


@pytest.mark.slow
async def test_posting_needs_what_permits_it_then_and_fifteen_minutes_are_the_end(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    take = await ben.uses("/say", voice="Grandpa", text="a rude word", preview=True)
    form = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
    await mia.fills(form, forbidden_words="rude")
    assert (await ben.clicks(take, "Post it")).text.startswith("That text holds a word")
    await mia.fills(await mia.clicks(await mia.uses("/server settings"), "Limits and words"), forbidden_words="")
    await ann.uses("/voice unshare", voice="Grandpa")
    assert (await ben.clicks(take, "Post it")).text == "Ann no longer shares “Grandpa” with this server."
    await ann.uses("/voice share", voice="Grandpa")

    discord.fails("PATCH", "/webhooks/*", status=400, code=50035)
    refused = await ben.clicks(take, "Post it")
    assert refused.text.startswith("Discord did not take the sound.")
    bot.time_passes(minutes=14)
    assert (await ben.clicks(take, "Post it")).audio  # nothing of it was lost
    late = await ben.uses("/say", voice="Grandpa", text="Hello", preview=True)
    bot.time_passes(minutes=16)
    await bot.until(lambda: not stored(bot.place, TAKES))
    assert (await ben.clicks(late, "Post it")).text == GONE
    assert (now_shows(late).text, now_shows(late).buttons) == (GONE, ())


@pytest.mark.slow
async def test_what_ends_between_the_click_and_the_post_is_not_posted(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("Ben")
    takes = [await ben.uses("/say", voice="Grandpa", text="Hello", preview=True) for _ in range(2)]
    refusals: list[str] = []
    for take, end in zip(
        takes, (ben.clicks(takes[0], "Discard"), ann.uses("/voice unshare", voice="Grandpa")), strict=True
    ):
        acknowledged = discord.holds("POST", "/interactions/*/*/callback")
        use = await ben.clicks(take, "Post it", wait=False)
        await acknowledged.arrived()  # everything was checked for the first time
        await end
        acknowledged.release()
        refusals.append((await use.reply()).text)
    assert refusals[0] == GONE
    assert refusals[1].startswith("“Grandpa” ended while it was being spoken in, so nothing was posted.")
    assert stored(bot.place, POSTED) == []
    assert discord.messages(discord.server.channels[0], viewer=discord.member("Witness")) == []


@pytest.mark.slow
async def test_what_is_discarded_while_discord_takes_it_is_taken_back(
    discord: Discord, ann: Member, bot: BotHere
) -> None:
    take = await ann.uses("/say", text="Hello", preview=True)
    posting = discord.holds("PATCH", "/webhooks/*/@original")
    use = await ann.clicks(take, "Post it", wait=False)
    await posting.arrived()
    assert (await ann.clicks(take, "Discard")).text == "Discarded: nothing was posted, and the sound is deleted."
    await is_taken_back(bot, discord, use, posting)
    assert now_shows(take).text == GONE


@pytest.mark.slow
async def test_a_take_is_not_heard_once_its_voice_is_taken_back_while_discord_takes_no_answer(
    discord: Discord, ann: Member, bot: BotHere
) -> None:
    answering = discord.holds("PATCH", "/webhooks/*/@original")
    discord.fails("PATCH", "/webhooks/*/@original", status=503)
    use = await discord.member("Ben").uses("/say", voice="Grandpa", text="Hello", preview=True, wait=False)
    await answering.arrived()
    await ann.uses("/voice unshare", voice="Grandpa")
    answering.release()
    reply = await use.reply()
    assert reply.text.startswith("“Grandpa” ended while it was being spoken in, so nothing was posted.")
    assert not reply.files


@pytest.mark.slow
async def test_a_take_goes_with_its_voice_and_with_its_member(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("Ben")
    await ben.uses("/say", voice="Grandpa", text="Hello", preview=True)
    await ann.uses("/say", text="Hello", preview=True)
    question = await ben.uses("/privacy erase")
    await ben.clicks(question, "Delete everything")
    assert len(stored(bot.place, TAKES)) == 1
    await ann.clicks(await ann.uses("/voice delete", voice="Grandpa"), "Delete it for good")
    assert stored(bot.place, TAKES) == []


async def test_a_text_that_fills_the_message_cannot_be_heard_first(
    discord: Discord, fish: FishAudio, ann: Member
) -> None:
    refusal = await ann.uses("/say", text="*" * 996 + "\nend", preview=True)
    assert refusal.text.startswith("That text is too long to be heard first.")
    assert not fish.spoken


@pytest.mark.slow
async def test_a_take_is_posted_as_a_voice_message_where_that_was_asked_for(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere, channel: Channel
) -> None:
    first = await ann.uses("/say", text="Hello", preview=True, **AS_VOICE)
    assert first.files[0].filename == "Grandpa.mp3"
    assert "can post it as a voice message until <t:" in first.text
    take = await ann.clicks(first, "Another take")
    [spoken] = await posts(ann, take, channel)
    assert spoken.message.attachments[0].content_type == "audio/ogg"
    assert spoken.caption.text == "> Hello\n-# “Grandpa” · synthetic voice of Ann · asked for by Ann"
    assert spoken.caption.buttons == ("Again", "Delete")
    await bot.rests()
    assert now_shows(take).text == f"Posted: {message_link(discord, channel, spoken.message.id)}"
    assert stored(bot.place, "SELECT characters, posted_as, caption_id IS NOT NULL FROM utterance") == [
        (5, "voice message", 1)
    ]
    assert len(stored(bot.place, TAKES)) == 1

    discord.forbids(channel, Permission.SEND_VOICE_MESSAGES)
    said = await ann.clicks(first, "Post it")
    assert said.files[0].filename == "Grandpa.mp3"
    assert said.text.endswith("a file, because I may not send voice messages with a reply in this channel")
    assert len(fish.spoken) == 2


@pytest.mark.slow
async def test_nobody_else_uses_or_ends_a_take(discord: Discord, ann: Member, bot: BotHere) -> None:
    take, eve = await ann.uses("/say", text="Hello", preview=True), discord.member("Eve")
    assert take.message is not None
    for button in take.message.components[0]["components"]:
        forged = await eve.forges(take, custom_id=button["custom_id"])
        assert (forged.text, forged.ephemeral) == (GONE, True)
    assert now_shows(take).buttons == take.buttons
    assert len(stored(bot.place, TAKES)) == 1


@pytest.mark.slow
async def test_as_what_it_is_posted_is_decided_with_the_take(ann: Member, channel: Channel) -> None:
    takes = [await ann.uses("/say", text="Hello", preview=True, **as_) for as_ in (AS_VOICE, AS_FILE)]
    await ann.uses("/voice default", voice="Grandpa", **AS_VOICE)
    default = await ann.uses("/say", text="Hello", preview=True)
    await ann.uses("/voice default", voice="Grandpa", **AS_FILE)
    assert len(await posts(ann, default, channel)) == 1
    assert len(await posts(ann, takes[0], channel)) == 2
    assert (await ann.clicks(takes[1], "Post it")).files[0].filename == "Grandpa.mp3"
