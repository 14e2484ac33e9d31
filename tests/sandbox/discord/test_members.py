"""People use the commands of an unmodified discord.py bot that knows only the stand-in's addresses."""

import base64
from typing import Any

import pytest

from sandbox.discord import Discord, NotTold, Permission, Refused, Upload
from sandbox.discord.people.replies import look_at
from sandbox.discord.world.model import MessageFlag
from sandbox.recorder import record
from sandbox.speech import sample_wav
from tests.sandbox.discord.trial_bot import TrialBot


async def test_a_command_is_answered_in_the_channel(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    reply = await ann.uses("/sing", word="chirp", times=2)
    assert (reply.text, reply.ephemeral) == ("chirp chirp", False)
    assert [seen.text for seen in discord.messages(discord.server.channels[0], viewer=ben)] == ["chirp chirp"]


async def test_a_private_answer_is_seen_by_its_owner_alone(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    reply = await ann.uses("/answer hide")
    assert reply.ephemeral
    assert reply.buttons == ("Change", "Answer", "Form")
    assert discord.messages(discord.server.channels[0], viewer=ben) == []
    with pytest.raises(Refused, match="Ben does not see"):
        await ben.clicks(reply, "Change")


async def test_a_deferred_answer_is_settled_by_its_edit(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    reply = await ann.uses("/answer ponder", private=True)
    assert (reply.text, reply.ephemeral, reply.audio) == ("Thought about it", True, b"sound")
    assert reply.files[0].filename == "song_of_songs.mp3"
    assert reply.files[0].content_type == "audio/mpeg"


async def test_a_deleted_placeholder_leaves_room_for_a_private_sentence(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    reply = await ann.uses("/answer regret")
    assert (reply.text, reply.ephemeral) == ("That went wrong", True)


async def test_the_first_follow_up_fills_the_placeholder_and_keeps_its_privacy(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    use = await ann.uses("/answer follow", wait=False)
    reply = await use.reply()
    assert (reply.text, reply.ephemeral) == ("First", True)


async def test_buttons_change_the_message_answer_beside_it_or_open_a_form(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    report = await ann.uses("/answer hide")
    answer = await ann.clicks(report, "Answer")
    assert (answer.text, answer.ephemeral) == ("Only for you", True)
    form = await ann.clicks(report, "Form")
    written = await ann.fills(form, word="egg")
    assert written.text == "You wrote egg"
    changed = await ann.clicks(report, "Change")
    assert (changed.text, changed.buttons) == ("Changed", ())
    with pytest.raises(Refused, match="There is no button “Change”"):
        await ann.clicks(report, "Change")


async def test_menus_offer_what_they_were_given_and_nothing_else(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    offer = await ann.uses("/answer feed")
    assert (await ann.operates(offer, "seeds", "Hemp", "Flax").reply()).text == "You chose Hemp and Flax"
    assert (await ann.operates(offer, "friend", str(ben.id)).reply()).text == "A friend: Ben"
    with pytest.raises(Refused, match="not among the choices"):
        ann.operates(offer, "seeds", "Worms")
    with pytest.raises(Refused, match="Between 1 and 2"):
        ann.operates(offer, "seeds")
    with pytest.raises(Refused, match="no longer be used"):
        ann.operates(offer, "gone")


async def test_commands_of_a_menu_are_used_on_a_message_or_a_person(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    written = ben.says("Good morning")
    assert (await ann.uses_on("Repeat", written).reply()).text == "Ben wrote: Good morning"
    thought = await ben.uses("/answer ponder")
    assert thought.message is not None
    repeated = await ann.uses_on("Repeat", thought.message).reply()
    assert repeated.text == "mynah wrote: Thought about it / song_of_songs.mp3 5"
    assert (await ann.uses_on("Greet", ben.user).reply()).text == "Hello, Ben"
    with pytest.raises(Refused, match="no “Greet” in this menu"):
        ann.uses_on("Greet", written)
    with pytest.raises(Refused, match="1 to 2000"):
        ben.says(" ")


async def test_an_attachment_is_read_from_its_link(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    reply = await ann.uses("/answer keep", egg=Upload("egg.wav", b"RIFF"))
    assert reply.text == "egg.wav: 4 bytes, audio/x-wav"
    reply = await ann.uses("/answer keep", egg=Upload("egg", b"", content_type=None))
    assert reply.text == "egg: 0 bytes, None"


async def test_autocomplete_offers_what_fits(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    assert await ann.completes("/sing", "word", "ch") == [("chirp", "chirp"), ("cheep", "cheep")]


async def test_commands_work_in_the_dm(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    assert (await ann.uses("/sing", word="tweet", in_=ann.dm)).text == "tweet"
    with pytest.raises(Refused, match="not Ben's"):
        await ben.uses("/sing", word="tweet", in_=ann.dm)


async def test_being_told_counts_each_message_once(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    await ann.uses("/answer tell", text=f"Hello {ann.mention}", open_mentions=True)
    assert (await ann.is_told("Psst")).text == f"Psst: Hello {ann.mention}"
    assert (await ann.is_told("Hello")).text == f"Hello {ann.mention}"
    assert ann.news == []
    with pytest.raises(NotTold, match="but: nothing"):
        await ann.is_told("Hello", within=0)


async def test_a_mention_that_was_not_allowed_pings_nobody(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await ann.uses("/answer tell", text=f"{ben.mention} @everyone")
    await ann.is_told("Psst")
    message = discord.messages(discord.server.channels[0], viewer=ben)[-1].message
    assert message is not None
    assert (message.pinged, message.pinged_everyone) == (frozenset(), False)


async def test_a_voice_message_holds_what_a_phone_sends(discord: Discord) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben", permissions=Permission.SEND_MESSAGES)
    recording = record(sample_wav(seconds=3))
    message = ann.sends_voice_message(recording)
    [file] = message.attachments
    assert (message.flags, message.content) == (MessageFlag.IS_VOICE_MESSAGE, "")
    assert (file.filename, file.content_type, file.data) == ("voice-message.ogg", "audio/ogg", recording.data)
    assert file.data.startswith(b"OggS")
    assert file.duration_secs == pytest.approx(3, abs=0.1)
    assert len(base64.b64decode(file.waveform or "")) == 30
    assert max(recording.waveform) == 255
    with pytest.raises(Refused, match="may not send voice messages"):
        ben.sends_voice_message(recording)
    assert len(record(sample_wav(seconds=40)).waveform) == 256


async def test_a_mention_of_a_command_reads_as_its_name(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    assert look_at(ann.says("Try </nest sleep:123> or </say:nothing>.")).text == "Try `/nest sleep` or </say:nothing>."


async def test_an_unanswered_command_fails_after_three_seconds(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    use = await ann.uses("/answer sleep", wait=False)
    discord.clock.forward(seconds=3)
    assert (await use.reply()).failed == "The application did not respond"


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("/dance", {}, "There is no command “/dance”"),
        ("/answer", {}, "“/answer” is a group"),
        ("/sing", {}, "/sing needs the option “word”"),
        ("/sing", {"word": "chirp", "key": "C"}, "/sing has no option “key”"),
        ("/sing", {"word": "a" * 11}, "“word” must be at most 10 characters"),
        ("/sing", {"word": "chirp", "times": 4}, "“times” must be at most 3"),
        ("/sing", {"word": "chirp", "times": "often"}, "is of type integer"),
        ("/answer keep", {"egg": "text"}, "is of type attachment"),
        ("/answer keep", {"egg": Upload("egg.wav", bytes(10 * 1024 * 1024 + 1))}, "nitro=True"),
    ],
)
async def test_the_client_refuses_what_was_not_declared(
    discord: Discord, bot: TrialBot, command: str, options: dict[str, Any], sentence: str
) -> None:
    ann = discord.member("Ann")
    with pytest.raises(Refused, match=sentence):
        await ann.uses(command, **options)
    assert bot.said == []


async def test_a_hostile_client_sends_what_it_likes(discord: Discord, bot: TrialBot) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await ann.uses("/sing", word="a" * 11, unchecked=True)
    assert bot.said == ["a" * 11]
    report = await ann.uses("/answer hide")
    assert (await ben.forges(report, custom_id="change")).text == "Changed"


async def test_an_interaction_delivered_twice_is_answered_once(discord: Discord, bot: TrialBot) -> None:
    ann = discord.member("Ann")
    answers = discord.holds("POST", "/interactions/*", times=2)
    use = await ann.uses("/sing", word="chirp", wait=False, deliver=2)
    await answers.arrived()
    answers.release()
    assert (await use.reply()).text == "chirp"
    assert len(discord.messages(discord.server.channels[0], viewer=ann)) == 1
