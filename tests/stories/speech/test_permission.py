"""What permits a `/say` is checked again before the sound is posted, so an answer "no longer" holds from then on."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.discord import Discord, Member, Permission, Reply
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, is_taken_back, set_speaker
from tests.stories.stored import stored

ENDED = "“Grandpa” ended while it was being spoken in, so nothing was posted."
ORIGINAL = "/webhooks/{application}/{token}/messages/@original"
RECORDS = "SELECT id FROM utterance"


async def said_while(fish: FishAudio, speaker: Member, change: Callable[[], Awaitable[object]]) -> Reply:
    """Use `/say`, and change something while Fish Audio speaks."""
    speech = fish.holds("POST", "/v1/tts")
    use = await speaker.uses("/say", voice="Grandpa", text="Hello", wait=False)
    await speech.arrived()
    await change()
    speech.release()
    return await use.reply()


def is_nothing_posted(reply: Reply, database: BotHere) -> bool:
    return reply.ephemeral and not reply.files and not stored(database.place, RECORDS)


async def test_a_share_that_is_taken_back_meanwhile(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    reply = await said_while(fish, discord.member("Ben"), lambda: ann.uses("/voice unshare", voice="Grandpa"))
    assert is_nothing_posted(reply, bot)
    assert reply.text.startswith(ENDED)


async def test_a_member_who_is_blocked_meanwhile(discord: Discord, fish: FishAudio, ann: Member, bot: BotHere) -> None:
    ben = discord.member("Ben")
    manager = discord.member("Max", permissions=Permission.ordinary() | Permission.MANAGE_GUILD)
    reply = await said_while(fish, ben, lambda: manager.uses("/server block", member=ben))
    assert is_nothing_posted(reply, bot)
    assert reply.text.startswith("This server's managers have blocked you")


async def test_the_person_who_is_heard_revokes_meanwhile(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    bea = discord.member("Bea")
    await set_speaker(bot.place, "Grandpa", bea)

    async def revoke() -> None:
        shown = await bea.uses("/voice show", voice="Grandpa")
        await bea.clicks(shown, "Revoke")

    reply = await said_while(fish, discord.member("Ben"), revoke)
    assert is_nothing_posted(reply, bot)
    assert reply.text.startswith(ENDED)


async def test_the_member_who_asked_is_erased_meanwhile(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("Ben")
    await has_voice(bot, fish, ben, "Own")

    async def erase() -> None:
        question = await ben.uses("/privacy erase")
        await ben.clicks(question, "Delete everything")

    reply = await said_while(fish, ben, erase)
    assert is_nothing_posted(reply, bot)
    assert reply.text.startswith("You had everything about you deleted while this was under way")
    assert not stored(bot.place, f"SELECT id FROM voice WHERE owner_id = {ben.id} AND state <> 'deleting'")  # noqa: S608


async def test_a_voice_that_managers_remove_meanwhile(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    mia = discord.manager("Mia")
    reply = await said_while(fish, discord.member("Ben"), lambda: mia.uses("/server voices", remove="Grandpa"))
    assert is_nothing_posted(reply, bot)
    assert reply.text.startswith(ENDED)


async def test_shares_that_managers_forbid_meanwhile(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    mia = discord.manager("Mia")

    async def forbid() -> None:
        await mia.clicks(await mia.uses("/server settings"), "Forbid sharing")

    reply = await said_while(fish, discord.member("Ben"), forbid)
    assert is_nothing_posted(reply, bot)
    assert reply.text.startswith("This server's managers don't allow shared voices here.")


async def test_a_word_that_is_forbidden_meanwhile(discord: Discord, fish: FishAudio, ann: Member, bot: BotHere) -> None:
    mia = discord.manager("Mia")

    async def forbid(words: str) -> None:
        form = await mia.clicks(await mia.uses("/server settings"), "Limits and words")
        await mia.fills(form, forbidden_words=words)

    reply = await said_while(fish, discord.member("Ben"), lambda: forbid("goodbye"))
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")
    reply = await said_while(fish, discord.member("Bob"), lambda: forbid("goodbye\nhe11o"))
    assert reply.ephemeral
    assert not reply.files
    assert reply.text.startswith("That text holds a word that may not be spoken in this server.")


async def test_a_share_whose_time_is_over_meanwhile(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere
) -> None:
    await ann.uses("/voice share", voice="Grandpa", until="1 minute")

    bot.time_passes(seconds=30)

    async def wait() -> None:
        bot.time_passes(seconds=31)

    reply = await said_while(fish, discord.member("Ben"), wait)
    assert is_nothing_posted(reply, bot)


async def test_a_share_that_is_taken_back_while_discord_takes_no_sound(
    discord: Discord, ann: Member, bot: BotHere
) -> None:
    posting = discord.holds("PATCH", ORIGINAL)
    discord.fails("PATCH", ORIGINAL, status=503)
    use = await discord.member("Ben").uses("/say", voice="Grandpa", text="Hello", wait=False)
    await posting.arrived()
    await ann.uses("/voice unshare", voice="Grandpa")
    posting.release()
    reply = await use.reply()
    assert is_nothing_posted(reply, bot)
    assert reply.text.startswith(ENDED)


async def erases_everything(member: Member) -> None:
    await member.clicks(await member.uses("/privacy erase"), "Delete everything")


WITHDRAWALS: dict[str, Callable[[Member, Member, Member], Awaitable[object]]] = {
    "unshare": lambda ann, _ben, _mia: ann.uses("/voice unshare", voice="Grandpa"),
    "erase the owner": lambda ann, _ben, _mia: erases_everything(ann),
    "erase the asker": lambda _ann, ben, _mia: erases_everything(ben),
    "remove": lambda _ann, _ben, mia: mia.uses("/server voices", remove="Grandpa"),
    "block": lambda _ann, ben, mia: mia.uses("/server block", member=ben),
}


async def test_a_share_whose_time_is_over_while_discord_takes_the_sound(
    discord: Discord, ann: Member, bot: BotHere
) -> None:
    await ann.uses("/voice share", voice="Grandpa", until="1 minute")
    posting = discord.holds("PATCH", ORIGINAL)
    use = await discord.member("Ben").uses("/say", voice="Grandpa", text="Hello", wait=False)
    await posting.arrived()
    bot.time_passes(seconds=61)
    await is_taken_back(bot, discord, use, posting)


@pytest.mark.slow
@pytest.mark.parametrize("withdrawal", WITHDRAWALS)
async def test_what_is_withdrawn_while_discord_takes_the_sound_is_taken_back(
    discord: Discord, fish: FishAudio, ann: Member, bot: BotHere, withdrawal: str
) -> None:
    ben, mia = discord.member("Ben"), discord.manager("Mia")
    await has_voice(bot, fish, ben, "Own")
    posting = discord.holds("PATCH", ORIGINAL)
    use = await ben.uses("/say", voice="Grandpa", text="Hello", wait=False)
    await posting.arrived()
    await WITHDRAWALS[withdrawal](ann, ben, mia)
    await is_taken_back(bot, discord, use, posting)


async def test_a_sound_that_may_not_be_there_is_taken_off_a_message_that_can_not_be_deleted(
    discord: Discord, ann: Member, bot: BotHere
) -> None:
    posting = discord.holds("PATCH", ORIGINAL)
    use = await discord.member("Ben").uses("/say", voice="Grandpa", text="Hello", wait=False)
    await posting.arrived()
    await ann.uses("/voice unshare", voice="Grandpa")
    discord.fails("DELETE", ORIGINAL, status=403, code=50013)
    posting.release()
    await use.reply()
    await bot.rests()
    [left] = discord.messages(discord.server.channels[0], viewer=discord.member("Cleo"))
    assert (left.text, left.files, left.buttons) == ("Nothing came of this.", (), ())


async def test_what_has_not_changed_is_posted(discord: Discord, fish: FishAudio, ann: Member, bot: BotHere) -> None:
    reply = await said_while(fish, discord.member("Ben"), lambda: ann.uses("/voice list"))
    assert fish.made(reply.audio, text="Hello", voice="Grandpa")
