"""A member chooses a voice by autocomplete, by a typed name, or by naming none."""

from typing import Any
from unicodedata import normalize

import pytest

from sandbox.discord import Channel, Discord, Member
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import ask_for_voice, copy_voice, has_voice, make_voice, sentence_of, wav
from tests.stories.stored import change_stored, stored

CYRILLIC_GRANDPA = "\u041c\u0443 Gr\u0430ndpa"  # looks like "My Grandpa"


async def offered(member: Member, command: str = "/say", typed: str = "", *, in_: Channel | None = None) -> list[str]:
    """Return the names that autocomplete shows for `voice`."""
    return [name for name, _ in await member.completes(command, "voice", typed, in_=in_)]


async def share(bot: BotHere, fish: FishAudio, member: Member, name: str) -> None:
    await has_voice(bot, fish, member, name)
    await member.uses("/voice share", voice=name)


async def refusal(member: Member, voice: str | None = None) -> str:
    """Use `/say`. Returns the private sentence with which it ends."""
    chosen: dict[str, Any] = {} if voice is None else {"voice": voice}
    reply = await member.uses("/say", wait=True, text="Hello", **chosen)
    assert reply.ephemeral
    return sentence_of(reply)


@pytest.mark.slow
@pytest.mark.both_engines
async def test_everybody_is_offered_what_they_may_use_where_they_are(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    elsewhere = discord.add_server("Elsewhere")
    ben.joins(elsewhere)
    await share(bot, fish, ann, "Grandpa")
    await has_voice(bot, fish, ann, "Secret diary")
    await has_voice(bot, fish, ben, "Radio")

    assert await offered(ann) == ["Grandpa", "Secret diary"]
    assert await offered(ben) == ["Radio", "Grandpa"]
    assert await offered(ben, typed="pa") == ["Grandpa"]
    assert await offered(ben, typed="secret") == []
    assert await offered(ben, "/voice rename") == ["Radio"]
    assert await offered(ben, in_=elsewhere.channels[0]) == ["Radio"]
    assert await offered(ben, in_=ben.dm) == ["Radio"]


@pytest.mark.slow
async def test_a_voice_is_found_however_its_accents_are_typed(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann Tiê\u0301n"), discord.member("Ben")
    await share(bot, fish, ann, "Giọng Tiếng")
    await has_voice(bot, fish, ben, "Giọng Tiếng")
    decomposed = normalize("NFD", "giọng tiế")

    assert await offered(ann, typed=decomposed) == ["Giọng Tiếng"]
    assert await offered(ben, typed=decomposed) == ["Giọng Tiếng", f"Giọng Tiếng ({ann.name})"]
    reply = await ben.uses("/say", text="Hello", voice=normalize("NFC", f"Giọng Tiếng ({ann.name})"))
    assert fish.made(reply.audio, text="Hello")


@pytest.mark.slow
async def test_a_private_voice_is_as_unknown_as_one_that_never_was(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await has_voice(bot, fish, ann, "Secret diary")
    [(_, hidden)] = await ann.completes("/say", "voice", "")

    for command in ("/voice show", "/voice delete", "/voice default", "/voice share", "/voice unshare"):
        never = await ben.uses(command, voice="Nothing at all")
        for typed in ("Secret diary", hidden):
            reply = await ben.uses(command, voice=typed)
            assert reply.text == never.text.replace("Nothing at all", typed)
            assert reply.ephemeral
    assert await refusal(ben, "Secret diary") == (
        "There is no voice called “Secret diary” for you here. `/voice list` shows the ones you can use."
    )


@pytest.mark.slow
async def test_voices_of_one_name_are_told_apart_by_their_owners(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben, cem = discord.member("Ann"), discord.member("Ben"), discord.member("Cem")
    other_ann = discord.member("Ann")
    for member in (ann, ben, other_ann):
        await share(bot, fish, member, "Grandpa")

    assert await offered(cem) == ["Grandpa (Ann)", "Grandpa (Ben)", "Grandpa (Ann) 2"]
    assert await offered(ben) == ["Grandpa", "Grandpa (Ann)", "Grandpa (Ann) 2"]
    assert await refusal(cem, "grandpa") == (
        "Several voices here have that name: “Grandpa (Ann)”, “Grandpa (Ben)”, “Grandpa (Ann) 2”. "
        "Pick one of them from the list."
    )
    for label, owner in (("Grandpa (Ben)", ben), ("Grandpa (Ann) 2", other_ann)):
        assert f"synthetic voice of {owner.name} " in (await cem.uses("/say", text="Hi", voice=label)).text
    assert "synthetic voice of Ben" in (await ben.uses("/say", text="Hi", voice="GRANDPA")).text


@pytest.mark.slow
async def test_a_name_that_only_looks_like_another_is_told_apart_from_it(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben, cem, dora = (discord.member(name) for name in ("Ann", "Ben", "Cem", "Dora"))
    await share(bot, fish, ann, "My Grandpa")
    await share(bot, fish, ben, "My\u00a0Grandpa\ufe0f")
    await share(bot, fish, dora, CYRILLIC_GRANDPA)

    assert await offered(cem) == ["My Grandpa (Ann)", "My\u00a0Grandpa\ufe0f (Ben)", f"{CYRILLIC_GRANDPA} (Dora)"]
    for typed in ("My Grandpa", CYRILLIC_GRANDPA):
        assert (await refusal(cem, typed)).startswith("Several voices here have that name: ")
        removed = await discord.manager("Mia").uses("/server voices", remove=typed)
        assert removed.text.startswith("There is no such voice, or there are several of that name.")
    assert "synthetic voice of Ben" in (await ben.uses("/say", text="Hi", voice="my grandpa")).text


@pytest.mark.slow
async def test_the_list_holds_twenty_five_and_finds_the_others_by_name(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Voice 00")
    await copy_voice(bot.place, "Voice 00", [f"Voice {number:02}" for number in range(1, 30) if number != 28])
    await has_voice(bot, fish, ann, "Voice 28")

    assert await offered(ann) == [f"Voice {number:02}" for number in range(25)]
    assert await offered(ann, typed="28") == ["Voice 28"]
    assert (await ann.uses("/say", text="Hello", voice="Voice 28")).files


@pytest.mark.slow
async def test_a_typed_name_is_found_however_it_is_spelt(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Café Straße")
    [(_, voice_id)] = await ann.completes("/say", "voice", "café")

    for typed in ("café straße", "CAFÉ STRASSE", " Cafe\u0301 Straße ", voice_id):
        assert (await ann.uses("/say", text="Hello", voice=typed)).files


@pytest.mark.slow
async def test_without_a_voice_named_the_default_or_the_only_voice_speaks(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    assert await refusal(ben) == (
        "You have no voice yet. `/voice create` makes one from a recording of you speaking; `sample` of `/say` says "
        "one text in the voice of a recording, without making one."
    )
    await share(bot, fish, ann, "Grandpa")
    assert "“Grandpa”" in (await ben.uses("/say", text="Hello")).text
    await share(bot, fish, ann, "Grandma")
    assert await refusal(ben) == (
        "Which voice? You can use “Grandpa”, “Grandma”. Name one, or set yours with `/voice default`."
    )
    await make_voice(ben, "Radio")
    assert "“Radio”" in (await ben.uses("/say", text="Hello")).text, "the first own voice becomes the default"
    await ben.uses("/voice default", voice="Grandma")
    assert "“Grandma”" in (await ben.uses("/say", text="Hello")).text
    assert "“Radio”" in (await ben.uses("/say", text="Hello", in_=ben.dm)).text, "in the DM it cannot be used"


async def test_a_typed_name_with_a_slip_speaks_only_in_a_voice_that_was_surely_meant(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    await share(bot, fish, ann, "Grandpa")
    assert await offered(ben, typed="gandp") == ["Grandpa"]
    assert "“Grandpa” · synthetic voice of Ann" in (await ben.uses("/say", text="Hello", voice="Grnadpa")).text
    await share(bot, fish, ann, "Grandma")
    assert await refusal(ben, "Grandba") == (
        "There is no voice called “Grandba” for you here. Similar names: “Grandpa”, “Grandma”. Type one of them, or "
        "pick it from the list."
    )
    await ann.uses("/voice unshare", voice="Grandma")
    assert await refusal(ben, "Grandma") == "Ann no longer shares “Grandma” with this server.", "and not “Grandpa”"


@pytest.mark.slow
@pytest.mark.both_engines
async def test_what_somebody_used_lately_is_offered_first_among_their_own_and_among_the_others(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")
    for name in ("Robot", "Grandpa", "Radio"):
        await share(bot, fish, ann, name)
    for name in ("Sunny", "Sleepy"):
        await has_voice(bot, fish, ben, name)
    for name in ("Grandpa", "Radio", "Sleepy"):
        assert (await ben.uses("/say", text="Hello", voice=name)).files
        bot.time_passes(minutes=1)

    assert await offered(ben) == ["Sleepy", "Sunny", "Radio", "Grandpa", "Robot"]
    assert await offered(ben, typed="r") == ["Radio", "Robot", "Grandpa"]
    assert await offered(ann) == ["Robot", "Grandpa", "Radio"], "what others use changes nothing"


@pytest.mark.slow
@pytest.mark.both_engines
async def test_a_default_for_one_server_speaks_there_alone(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann = discord.member("Ann")
    elsewhere = discord.add_server("Elsewhere")
    ann.joins(elsewhere)
    for name in ("Grandpa", "Sunny", "Robot"):
        await has_voice(bot, fish, ann, name)

    async def speaking(place: Channel | None = None) -> str:
        return (await ann.uses("/say", text="Hello", in_=place)).text.splitlines()[-1]

    reply = await ann.uses("/voice default", voice="Sunny", here=True, in_=ann.dm)
    assert reply.text.startswith("A default for one server is set in that server")
    reply = await ann.uses("/voice default", voice="Sunny", here=True)
    assert reply.text == ("“Sunny” is now your default in this server: here `/say` uses it when you name no voice.")
    assert "“Sunny”" in await speaking()
    assert "“Grandpa”" in await speaking(elsewhere.channels[0])
    assert "“Grandpa”" in await speaking(ann.dm)

    assert "“Sunny”: ready, your default in this server" in (await ann.uses("/voice list")).text
    assert "“Sunny”: ready, your default in one server" in (await ann.uses("/voice list", in_=ann.dm)).text
    shown = await ann.uses("/voice show", voice="Sunny")
    assert "- your default in this server: `/say` uses it there" in shown.text
    assert (
        "- in this server `/say` uses “Sunny”, your default there"
        in (await ann.uses("/voice show", voice="Grandpa")).text
    )
    ready = await make_voice(ann, "Radio")
    assert "In Aviary `/say` uses “Sunny”, your default there." in ready.text

    await ann.uses("/voice default", voice="Robot")
    assert "“Robot”" in await speaking(), "a default for everywhere is one here too"
    await ann.uses("/voice default", voice="Sunny", here=True)
    await ann.clicks(await ann.uses("/voice delete", voice="Sunny"), "Delete it for good")
    assert "“Robot”" in await speaking()


@pytest.mark.slow
async def test_each_obstacle_has_its_own_sentence(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    ann, ben = discord.member("Ann"), discord.member("Ben")

    await ann.uses("/voice create", name="Draft", sample=wav())
    assert await refusal(ann, "Draft") == (
        "“Draft” waits for your consent: press **Create my voice** under its report, or create it again."
    )
    fish.trains = "slowly"
    await ask_for_voice(ann, "Slow")
    await bot.until(lambda: stored(bot.place, "SELECT id FROM voice WHERE state = 'training'"))
    await change_stored(bot.place, lambda connection: connection.execute("DELETE FROM sample"))
    assert await refusal(ann, "Slow") == (
        "“Slow” is still training; it is usually ready within two minutes, and you will be told."
    )
    fish.fails_training("Slow")
    await ann.is_told("“Slow” could not be made.")
    assert await refusal(ann, "Slow") == "“Slow” has failed. `/voice show` says why and what to do."
    fish.trains = "at once"
    await share(bot, fish, ann, "Grandpa")
    [(_, picked)] = await ben.completes("/say", "voice", "")
    await ann.uses("/voice unshare", voice="Grandpa")
    for typed in ("Grandpa", picked):
        assert await refusal(ben, typed) == "Ann no longer shares “Grandpa” with this server."
    await ann.uses("/voice share", voice="Grandpa")
    await ann.clicks(await ann.uses("/voice delete", voice="Grandpa"), "Delete it for good")
    for typed in ("Grandpa", picked):
        assert await refusal(ben, typed) == "“Grandpa” was deleted by Ann."
    assert await refusal(ann, "Grandpa") == "You deleted “Grandpa”. `/voice create` makes a new one."
