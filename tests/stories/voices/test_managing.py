"""Members look at their voices, rename them, and choose a default."""

import re

import pytest

from bot.services.speech.previews import TEXT as PREVIEW
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.stories.counting import Counted
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, copy_voice, has_voice, make_voice, sentence_of, wav
from tests.stories.stored import stored


@pytest.mark.slow
@pytest.mark.both_engines
async def test_the_list_shows_own_voices_with_their_states_and_what_others_share(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    empty = await ann.uses("/voice list")
    assert empty.text == (
        "**Your voices**\n"
        "None yet. `/voice create` makes one from a recording of you speaking.\n"
        "**Shared with this server by others**\n"
        "None. `/voice share` lets everybody here use one of yours."
    )
    assert empty.ephemeral

    await make_voice(ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")
    await has_voice(bot, fish, ben, "Radio")
    await ben.uses("/voice share", voice="Radio")
    await ann.uses("/voice create", name="Draft", sample=wav())
    fish.trains = "slowly"
    await ask_for_voice(ann, "Slow")
    await ask_for_voice(ann, "Failed")
    fish.fails_training("Failed", reason="Too much *noise*")
    await ann.is_told("“Failed” could not be made.")

    assert (await ann.uses("/voice list")).text == (
        "**Your voices**\n"
        "- “Grandpa”: ready, your default, shared with this server\n"
        "- “Draft”: waits for your consent\n"
        "- “Slow”: training, already usable with `/say`\n"
        "- “Failed”: failed, still usable with `/say`, can be retried\n"
        "  Fish Audio could not make a voice from this sample: Too much \\*noise\\*.\n"
        "**Shared with this server by others**\n"
        "- “Radio” of Ben"
    )
    assert (await ben.uses("/voice list", in_=ben.dm)).text == (
        "**Your voices**\n- “Radio”: ready, your default, shared with one server"
    )


async def test_a_voice_shows_everything_to_its_owner_and_little_to_others(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    private = await ann.uses("/voice show", voice="Grandpa")
    assert "private: only you can use it" in private.text
    assert private.buttons == ("Play a preview", "Share in Aviary", "Rename", "Delete voice")

    await ann.uses("/voice share", voice="Grandpa")
    elsewhere = discord.add_server("Elsewhere")
    ann.joins(elsewhere)
    await ann.uses("/voice share", voice="Grandpa", in_=elsewhere.channels[0])

    own = await ann.uses("/voice show", voice="Grandpa")
    assert own.text.startswith("**“Grandpa”** of Ann\n- ready since <t:")
    assert "\n- shared with everyone in this server\n- shared with everyone in Elsewhere\n" in own.text
    assert "shared with this server and one other server" in (await ann.uses("/voice list")).text
    assert "your default" in own.text
    foreign = await ben.uses("/voice show", voice="Grandpa")
    assert foreign.text == "**“Grandpa”** of Ann\n- ready, shared with this server"
    assert foreign.buttons == ()


@pytest.mark.slow
async def test_sharing_is_not_offered_where_it_is_forbidden(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, mia = discord.member("Ann"), discord.manager("Mia")
    await has_voice(bot, fish, ann, "Grandma")
    panel = await mia.clicks(await mia.uses("/server settings"), "Forbid sharing")
    notice = await make_voice(ann, "Grandpa")
    assert notice.buttons == ("Say something", "Another preview", "Make default", "Delete voice")
    assert (await ann.clicks(notice, "Make default")).buttons == ("Say something", "Another preview", "Delete voice")
    assert "Share in Aviary" not in (await ann.uses("/voice show", voice="Grandpa")).buttons

    await mia.clicks(panel, "Allow sharing")
    assert "Share in Aviary" in (await ann.uses("/voice show", voice="Grandpa")).buttons
    await mia.uses("/server block", member=ann)
    assert "Share in Aviary" not in (await ann.uses("/voice show", voice="Grandpa", in_=ann.dm)).buttons


@pytest.mark.slow
async def test_a_voice_that_is_shown_can_be_heard_shared_made_default_and_renamed(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandma")
    await has_voice(bot, fish, ann, "Grandpa")
    elsewhere = discord.add_server("Elsewhere")
    for member in (ann, ben):
        member.joins(elsewhere)
    card = await ann.uses("/voice show", voice="Grandpa", in_=elsewhere.channels[0])
    assert card.buttons == ("Play a preview", "Share in Elsewhere", "Make default", "Rename", "Delete voice")

    played = await ann.clicks(card, "Play a preview")
    assert (played.ephemeral, played.buttons) == (True, ())
    assert fish.made(played.audio, text=PREVIEW, voice="Grandpa")
    assert f"everywhere: {len(PREVIEW)} of 5,000" in (await ann.uses("/usage")).text, "it costs like any other"
    assert stored(bot.place, "SELECT asker_id, guild_id FROM utterance") == [(ann.id, None)]

    shared = await ann.clicks(card, "Share in Elsewhere")
    assert "\n- shared with everyone in this server\n" in shared.text
    assert stored(bot.place, "SELECT guild_id FROM share") == [(elsewhere.id,)]
    assert "- your default" in (await ann.clicks(card, "Make default")).text
    form = await ann.clicks(card, "Rename")
    renamed = await ann.fills(form, name=" Grandad ")
    assert renamed.message is card.message
    assert renamed.text.startswith("**“Grandad”** of Ann\n- ready since <t:")
    assert re.search(r"ready since <t:\d+:f>, made on <t:\d+:f>", renamed.text)
    assert f", {len(PREVIEW)} characters: heard only by them" in renamed.text
    assert renamed.message is not None
    assert "Delete one of these messages" not in str(renamed.message.components), "nobody else sees that message"
    assert renamed.buttons == ("Play a preview", "Rename", "Delete voice")

    refused = await ann.fills(form, name="Grandma")
    assert (refused.text[:22], refused.ephemeral) == ("You already have a voi", True)
    forged = await ben.forges(card, custom_id=form.modal["custom_id"] if form.modal else "")
    assert forged.text.startswith("This voice is gone")
    for action in ("rename", "play", "say", "share", "default"):
        assert (await ben.forges(card, custom_id=f"mynah:{action}:{voice_id(bot)}")).text.startswith(
            "This voice is gone"
        )


def voice_id(bot: BotHere) -> str:
    [(found,)] = stored(bot.place, "SELECT id FROM voice WHERE name = 'Grandad'")
    return found


async def test_a_list_that_is_too_long_is_cut_and_says_so(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ben, "Radio")
    await ben.uses("/voice share", voice="Radio")
    await ann.uses("/voice create", name="Draft", sample=wav())
    await copy_voice(bot.place, "Draft", [f"{number:02} {'*' * 37}" for number in range(40)])

    text = (await ann.uses("/voice list")).text

    own, _, shared = text.partition("\n**Shared with this server by others**\n")
    _, *shown, rest = own.splitlines()
    assert len(text) <= 2000
    assert rest == f"… and {41 - len(shown)} more; `/voice show` finds them by name."
    assert shared == "- “Radio” of Ben"


async def test_a_list_asks_the_database_as_much_for_one_voice_as_for_many(
    discord: Discord, fish: FishAudio, bot: BotHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, asked = discord.member("Ann"), list[int]()
    await has_voice(bot, fish, ann, "Grandpa")
    counted = Counted(monkeypatch)
    for copies in ([], [f"Grandpa {number}" for number in range(40)]):
        await copy_voice(bot.place, "Grandpa", copies)
        before = counted.statements
        await ann.uses("/voice list")
        asked.append(counted.statements - before)
    assert asked[0] == asked[1] > 0


async def test_a_voice_is_renamed_and_found_by_its_new_name(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")

    reply = await ann.uses("/voice rename", voice="grandpa", name="  Cafe\u0301  ")
    assert reply.text == "“Grandpa” is now called “Café”."
    assert reply.ephemeral
    assert (await ann.uses("/voice rename", voice="Café", name="CAFÉ")).text == "“Café” is now called “CAFÉ”."

    spoken = await ann.uses("/say", text="Hello", voice="café")
    assert spoken.files[0].filename == "CAFE.mp3"
    assert fish.made(spoken.audio, text="Hello", voice="Grandpa"), "the voice upstream is the same"


@pytest.mark.slow
async def test_a_name_that_cannot_be_seen_or_is_taken_is_refused(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice create", name="Straße", sample=wav())

    for name, sentence in (
        ("STRASSE", "You already have a voice called “STRASSE”. Choose another name, or delete that one."),
        ("a\nb", "A voice's name can't hold invisible characters. Type it again with letters and digits."),
        ("a\x00b", "A voice's name can't hold invisible characters. Type it again with letters and digits."),
        ("Gr\u200bandpa", "A voice's name can't hold invisible characters. Type it again with letters and digits."),
        ("\u202eapdnarG", "A voice's name can't hold invisible characters. Type it again with letters and digits."),
        ("\u3164", "A voice's name can't hold invisible characters. Type it again with letters and digits."),
        (" \u00a0 ", "A voice needs a name that can be seen. Give it one of 1 to 40 characters."),
        ("a" * 41, "A voice's name has at most 40 characters; this one has 41."),
    ):
        reply = await ann.uses("/voice rename", voice="Grandpa", name=name, unchecked=True)
        assert reply.text == sentence
        refused = await ben.uses("/voice create", name=name, sample=wav(), unchecked=True)
        assert refused.text == sentence or name == "STRASSE", "the same goes for a new voice"
    assert "“Grandpa”: ready" in (await ann.uses("/voice list")).text


async def test_somebody_else_s_voice_is_not_theirs_to_change(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Grandpa")
    await ann.uses("/voice share", voice="Grandpa")

    sentence = "“Grandpa” belongs to Ann; only they can do that."
    assert (await ben.uses("/voice rename", voice="Grandpa", name="Mine")).text == sentence
    for command in ("/voice delete", "/voice share", "/voice unshare"):
        assert (await ben.uses(command, voice="Grandpa")).text == sentence
    assert (await ben.uses("/say", text="Hello", voice="Grandpa")).files


async def test_a_default_is_chosen_and_goes_with_its_voice(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    for name in ("First", "Second", "Third"):
        await has_voice(bot, fish, ann, name)

    reply = await ann.uses("/voice default", voice="Second")
    assert reply.text == "“Second” is now your default: `/say` uses it when you name no voice."
    assert "“Second”" in (await ann.uses("/say", text="Hello")).text

    await ann.clicks(await ann.uses("/voice delete", voice="Second"), "Delete it for good")
    assert sentence_of(await ann.uses("/say", text="Hello")) == (
        "Which voice? You can use “First”, “Third”. Name one, or set yours with `/voice default`."
    )
    fish.trains = "slowly"
    await ask_for_voice(ann, "Fourth")
    assert (await ann.uses("/voice default", voice="Fourth")).text.startswith("“Fourth” is still training;")
