"""A sound can be a voice message of Discord's: with its length and waveform, and a caption as a reply to it."""

import base64
from io import BytesIO
from typing import Any, cast

import pytest
from mutagen.oggopus import OggOpus

from sandbox.discord import Channel, Discord, Member, Permission, Upload
from sandbox.discord.world.model import MessageFlag
from sandbox.fish_audio import FishAudio
from sandbox.sound import Sound
from tests.audio.ogg.oggs import retitled
from tests.stories.conftest import ATTEMPTS
from tests.stories.running import BotHere
from tests.stories.speech.delivery.voice_messages import AS_FILE, AS_VOICE, says, shown_in, spoken_in, until_thought
from tests.stories.steps import until_later
from tests.stories.stored import stored

CREDIT = "-# “Grandpa” · synthetic voice of Ann · asked for by Ben"
OURS = "**this is synthetic: I made it**, and no person said it."
NOT_HERE = "a file, because I may not send voice messages with a reply in this channel"
RECORDS = "SELECT message_id, caption_id, posted_as FROM utterance"
WAITING = "SELECT id FROM caption"
NOTICE_SECONDS = 1.28


@pytest.fixture
def ben(discord: Discord, ann: Member) -> Member:
    return discord.member("Ben")


@pytest.fixture
def channel(discord: Discord) -> Channel:
    return discord.server.channels[0]


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_voice_message_has_all_that_discord_shows_and_a_caption_that_says_whose_it_is(
    ben: Member, fish: FishAudio, bot: BotHere, channel: Channel
) -> None:
    [spoken] = await says(ben, "Hello <@&1> there", voice="Grandpa")

    [file] = spoken.message.attachments
    tags = cast("Any", OggOpus(BytesIO(file.data)))
    assert (file.content_type, spoken.message.content, spoken.message.components) == ("audio/ogg", "", [])
    assert file.duration_secs == tags.info.length
    assert 1 < len(base64.b64decode(file.waveform or "")) <= 256
    assert tags["synthetic"] == ["true"]
    assert "asked for by Ben. No person said this." in tags["description"][0]
    [made] = [each for each in fish.spoken if each.text.startswith("Hello")]
    mp3 = Sound.decode(made.audio)
    assert file.duration_secs == pytest.approx(mp3.seconds + NOTICE_SECONDS, abs=0.1)
    assert Sound.decode(file.data).pitch == pytest.approx(mp3.pitch, rel=0.15)

    assert spoken.caption.text.endswith(CREDIT)
    assert spoken.caption.text.startswith("> Hello")
    assert spoken.caption.buttons == ("Again", "Delete")
    assert spoken.caption.message is not None
    await bot.rests()
    assert stored(bot.place, RECORDS) == [(spoken.message.id, spoken.caption.message.id, "voice message")]
    assert stored(bot.place, WAITING) == []
    there = [message for message in channel.messages.values() if not message.deleted]
    assert not [message for message in there if MessageFlag.LOADING in message.flags]


@pytest.mark.slow
async def test_a_voice_message_is_traced_like_an_mp3(discord: Discord, ben: Member, channel: Channel) -> None:
    dora = discord.member("Dora", server=discord.add_server("Elsewhere"))
    [spoken] = await says(ben, "Hello", voice="Grandpa")

    told = await ben.uses_on("Who said this?", spoken.message).reply()
    assert "It is “Grandpa”, the synthetic voice of Ann, asked for by Ben" in told.text
    assert told.text.endswith(f"/{spoken.message.id}")
    ogg = spoken.ogg
    for file, expected in (
        (ogg, OURS),
        (retitled(ogg), "The tags in the file were changed or removed since; the sound is mine."),
        (ogg + ogg, "**this is not as I made it.**"),
        (ogg[:-300], "**this is not as I made it.**"),
    ):
        assert expected in (await dora.uses("/verify", file=Upload("voice-message.ogg", file))).text


@pytest.mark.slow
async def test_a_member_chooses_voice_messages_once_and_for_all(
    discord: Discord, ann: Member, bot: BotHere, channel: Channel
) -> None:
    chosen = await ann.uses("/voice default", voice="Grandpa", **AS_VOICE)
    assert chosen.text.endswith("Everywhere, your sounds are posted as voice messages, where those are allowed.")
    await until_thought(await ann.uses("/say", text="Hello", wait=False))
    [spoken] = spoken_in(channel)

    await until_thought(await ann.clicks(spoken.caption, "Again", wait=False))
    assert [each.caption.text.splitlines()[0] for each in spoken_in(channel)] == ["> Hello", "> Hello"]
    assert (await ann.uses("/say", text="Hello", **AS_FILE)).files[0].filename == "Grandpa.mp3"
    await ann.uses("/voice default", voice="Grandpa")
    await until_thought(await ann.uses("/say", text="Hello", wait=False))
    assert len(spoken_in(channel)) == 3
    await ann.uses("/voice default", voice="Grandpa", **AS_FILE)
    assert (await ann.uses("/say", text="Hello")).files


@pytest.mark.slow
async def test_a_manager_switches_the_spoken_notice_off(discord: Discord, ben: Member, channel: Channel) -> None:
    max_ = discord.manager("Max")
    [noticed] = await says(ben, "Hello", voice="Grandpa")
    told = await max_.uses("/server notice", spoken=False)
    assert told.text.startswith("Voice messages in this server begin without a spoken notice.")
    assert "begin without a spoken notice" in (await max_.uses("/server settings")).text
    [_, plain] = await says(ben, "Hello", voice="Grandpa")

    lengths = [each.message.attachments[0].duration_secs or 0 for each in (noticed, plain)]
    assert lengths[0] - lengths[1] == pytest.approx(NOTICE_SECONDS, abs=0.01)
    assert plain.caption.text.endswith(CREDIT)


@pytest.mark.parametrize(
    "missing", [Permission.SEND_VOICE_MESSAGES, Permission.READ_MESSAGE_HISTORY, Permission.SEND_MESSAGES]
)
async def test_where_the_bot_may_not_send_one_it_is_an_mp3_that_says_why(
    discord: Discord, ben: Member, channel: Channel, missing: Permission
) -> None:
    discord.forbids(channel, missing)

    said = await ben.uses("/say", voice="Grandpa", text="Hello", **AS_VOICE)

    assert said.files[0].filename == "Grandpa.mp3"
    assert said.text == f"> Hello\n{CREDIT} · {NOT_HERE}"
    assert said.buttons == ("Again", "Delete")
    assert "50" not in str([request.path for request in discord.requests if request.status == 403])


@pytest.mark.slow
async def test_where_a_member_may_send_none_the_bot_sends_none_for_them(discord: Discord, ann: Member) -> None:
    cleo = discord.member("Cleo", permissions=Permission.ordinary() & ~Permission.SEND_VOICE_MESSAGES)

    said = await cleo.uses("/say", voice="Grandpa", text="Hello", **AS_VOICE)

    assert said.text.endswith("a file, because you may not send voice messages in this channel")


@pytest.mark.slow
async def test_a_permission_that_is_taken_meanwhile_makes_it_an_mp3(
    discord: Discord, fish: FishAudio, ben: Member, bot: BotHere, channel: Channel
) -> None:
    speech = fish.holds("POST", "/v1/tts")
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False, **AS_VOICE)
    await speech.arrived()
    discord.forbids(channel, Permission.SEND_VOICE_MESSAGES)
    speech.release()

    said = await use.reply()

    assert said.text == f"> Hello\n{CREDIT} · {NOT_HERE}"
    assert said.message is not None
    await bot.rests()
    assert stored(bot.place, RECORDS) == [(said.message.id, None, "file")]
    assert stored(bot.place, WAITING) == []


async def test_in_a_direct_message_too(ann: Member, bot: BotHere) -> None:
    [spoken] = await says(ann, "Hello", in_=ann.dm)

    assert spoken.caption.text == "> Hello\n-# “Grandpa” · synthetic voice of Ann · asked for by Ann"
    assert spoken.caption.buttons == ("Again",)


@pytest.mark.slow
async def test_deleting_takes_both_messages(discord: Discord, ann: Member, ben: Member, channel: Channel) -> None:
    [spoken] = await says(ben, "Hello", voice="Grandpa")
    deleted = await ben.clicks(spoken.caption, "Delete")
    assert deleted.text == "Your message is deleted."
    assert shown_in(discord, channel) == []

    [spoken] = await says(ben, "Hello again", voice="Grandpa")
    uses = await ann.uses("/voice show", voice="Grandpa")
    [row] = [row for row in uses.text.splitlines() if str(spoken.message.id) in row]
    assert "Ben" in row
    option = f"{spoken.message.attachments[0].filename}"[-20:-4]
    await ann.chooses(uses, option, menu="Delete one of these messages")
    assert shown_in(discord, channel) == []


async def test_a_caption_that_automod_refuses_takes_the_voice_message_with_it(
    discord: Discord, ben: Member, bot: BotHere, channel: Channel
) -> None:
    path = f"/channels/{channel.id}/messages"
    held = discord.holds("POST", path, after_work=True)
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False, **AS_VOICE)
    await held.arrived()
    discord.fails("POST", path, status=400, code=200000)
    held.release()

    told = await use.reply()

    assert told.text.startswith("This server's AutoMod does not allow that text.")
    assert spoken_in(channel) == []
    assert stored(bot.place, RECORDS) == []


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [{"status": 503}, {"status": 503, "after_work": True}, {"hang_up": True}])
async def test_troubles_that_pass_double_nothing(
    discord: Discord, ben: Member, channel: Channel, trouble: dict[str, Any]
) -> None:
    discord.fails("POST", f"/channels/{channel.id}/messages", times=2, **trouble)

    [spoken] = await says(ben, "Hello", voice="Grandpa")

    assert spoken.caption.text.endswith(CREDIT)


@pytest.mark.slow
async def test_where_discord_takes_no_more_messages_for_long_it_is_an_mp3_that_says_why(
    discord: Discord, fish: FishAudio, bot: BotHere, ben: Member, channel: Channel
) -> None:
    path, hour = f"/channels/{channel.id}/messages", {"Retry-After": "3600"}
    discord.fails("POST", path, status=429, headers=hour, times=ATTEMPTS)

    said = await ben.uses("/say", voice="Grandpa", text="Hello", **AS_VOICE)

    assert fish.made(said.audio, text="Hello", voice="Grandpa")
    assert said.text.endswith("a file, because Discord takes no more messages in this channel for now")
    assert stored(bot.place, WAITING) == []


@pytest.mark.slow
async def test_the_thinking_beside_it_ends_although_discord_puts_that_off(
    discord: Discord, bot: BotHere, ben: Member, channel: Channel
) -> None:
    discord.fails("DELETE", "/webhooks/*/@original", status=429, headers={"Retry-After": "3600"}, times=5)

    [spoken] = await says(ben, "Hello", voice="Grandpa")

    await bot.rests()
    assert spoken.caption.text.endswith(CREDIT)
    there = [message for message in channel.messages.values() if not message.deleted]
    assert not [message for message in there if MessageFlag.LOADING in message.flags]


@pytest.mark.slow
async def test_a_caption_that_discord_does_not_take_for_long_comes_later(
    discord: Discord, fish: FishAudio, ben: Member, bot: BotHere, channel: Channel
) -> None:
    path = f"/channels/{channel.id}/messages"
    held = discord.holds("POST", path, after_work=True)
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False, **AS_VOICE)
    await held.arrived()
    discord.fails("POST", path, status=503, times=ATTEMPTS)
    held.release()
    await until_thought(use)
    [spoken] = spoken_in(channel)
    assert spoken.captions == []

    await until_later(bot, lambda: spoken_in(channel)[0].captions, minutes=1)
    await bot.rests()
    [spoken] = spoken_in(channel)
    assert spoken.caption.text == (
        f"-# I was interrupted before I could quote the text, which is not stored.\n{CREDIT}"
    )
    assert stored(bot.place, WAITING) == []


@pytest.mark.slow
async def test_whoever_ends_the_permission_before_a_second_try_is_heard(
    discord: Discord, ann: Member, ben: Member, bot: BotHere, channel: Channel
) -> None:
    path = f"/channels/{channel.id}/messages"
    held = discord.holds("POST", path)
    discord.fails("POST", path, status=503)
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False, **AS_VOICE)
    await held.arrived()
    await ann.uses("/voice unshare", voice="Grandpa")
    held.release()

    told = await use.reply()

    assert told.text.startswith("“Grandpa” ended while it was being spoken in")
    assert spoken_in(channel) == []
    await until_later(bot, lambda: not stored(bot.place, RECORDS), minutes=1)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["Ann", "Ben"])
@pytest.mark.parametrize("when", ["while it is posted", "while its caption is tried again", "while it waits for long"])
async def test_no_caption_names_whoever_is_erased_before_it(
    discord: Discord, ann: Member, ben: Member, bot: BotHere, channel: Channel, who: str, when: str
) -> None:
    """The voice message goes too, since nothing would say what it is."""
    erased = {"Ann": ann, "Ben": ben}[who]
    path = f"/channels/{channel.id}/messages"
    held = discord.holds("POST", path, after_work=True)
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False, **AS_VOICE)
    await held.arrived()
    if when != "while it is posted":
        retried = discord.holds("POST" if "again" in when else "GET", path)
        discord.fails("POST", path, status=503, times=1 if "again" in when else ATTEMPTS)
        held.release()
        if "long" in when:
            await until_thought(use)
            bot.time_passes(minutes=4)
        await retried.arrived()
        held = retried
    await erased.clicks(await erased.uses("/privacy erase"), "Delete everything")
    held.release()
    await until_later(bot, lambda: not spoken_in(channel), minutes=1)
    await bot.rests()
    assert not [text for text in shown_in(discord, channel) if "asked for by" in text]


@pytest.mark.slow
async def test_a_voice_message_whose_voice_is_withdrawn_while_discord_takes_it_is_taken_back(
    discord: Discord, ann: Member, ben: Member, bot: BotHere, channel: Channel
) -> None:
    held = discord.holds("POST", f"/channels/{channel.id}/messages")
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False, **AS_VOICE)
    await held.arrived()
    await ann.uses("/voice unshare", voice="Grandpa")
    held.release()

    told = await use.reply()

    assert told.text.startswith("“Grandpa” ended while it was being spoken in")
    assert spoken_in(channel) == []
    assert stored(bot.place, RECORDS) == []
