"""A message with a sound can be deleted by those whom it concerns, as long as it is on record."""

import pytest

from sandbox.discord import Discord, Member, Permission, Refused, Reply
from tests.stories.running import BotHere
from tests.stories.steps import until_later
from tests.stories.stored import stored

NOT_YOURS = "Only the person whose voice this is, the member who asked for it and this server's managers can delete it."
UNKNOWN = "This button does nothing any more. `/voice list` shows what you have."
DELETED = "SELECT deleted_by FROM utterance WHERE deleted_at IS NOT NULL ORDER BY made_at"


def is_gone(reply: Reply) -> bool:
    assert reply.message is not None
    return reply.message.deleted


@pytest.mark.slow
@pytest.mark.both_engines
async def test_only_those_concerned_delete_a_message_by_its_button(discord: Discord, ann: Member, bot: BotHere) -> None:
    ben, mallory = discord.member("Ben"), discord.member("Mallory")
    manager = discord.member("Max", permissions=Permission.ordinary() | Permission.MANAGE_GUILD)
    said = [await ben.uses("/say", voice="Grandpa", text=text) for text in ("one", "two", "three")]

    bot.time_passes(days=80)
    await bot.restarts()
    refusal = await mallory.clicks(said[0], "Delete")
    assert (refusal.text, refusal.ephemeral, is_gone(said[0])) == (NOT_YOURS, True, False)
    for who, reply in zip((ann, ben, manager), said, strict=True):
        await who.clicks(reply, "Delete")
        assert is_gone(reply)
    deleted = [(ann.id,), (ben.id,), (manager.id,)]
    await bot.until(lambda: stored(bot.place, DELETED) == deleted)

    last = await ben.uses("/say", voice="Grandpa", text="four")
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM utterance"), minutes=60 * 24 * 31)
    forgotten = await ann.clicks(last, "Delete")
    assert forgotten.text.startswith("There is no record of that message any more")
    assert not is_gone(last)


@pytest.mark.slow
async def test_a_forged_button_deletes_nothing(discord: Discord, ann: Member, bot: BotHere) -> None:
    mallory = discord.member("Mallory")
    theirs = await mallory.uses("/say", voice="Grandpa", text="mine")
    anns = await ann.uses("/say", text="Ann's own")
    [(own_id,)] = stored(bot.place, f"SELECT id FROM utterance WHERE asker_id = {mallory.id}")  # noqa: S608 - a number

    for custom_id in (f"mynah-unsay:{own_id}", "mynah-unsay:0000000000000000", "mynah-unsay:", "mynah-unsay:é\n" * 6):
        reply = await mallory.forges(anns, custom_id=custom_id)
        assert (reply.text, reply.ephemeral) == (UNKNOWN, True)
    reply = await mallory.forges(anns, custom_id="mynah-uses:delete", values=(own_id,))
    assert (reply.text, reply.ephemeral) == (UNKNOWN, True)
    assert not is_gone(theirs)
    assert not is_gone(anns)


@pytest.mark.slow
async def test_those_who_control_a_voice_delete_messages_in_other_servers(
    discord: Discord, ann: Member, bot: BotHere
) -> None:
    ben = discord.member("Ben")
    said = await ben.uses("/say", voice="Grandpa", text="one")
    assert said.message is not None
    hidden = await ben.uses("/say", voice="Grandpa", text="two")
    await bot.rests()

    card = await ann.uses("/voice show", voice="Grandpa", in_=ann.dm)
    uses = stored(bot.place, "SELECT id FROM utterance ORDER BY made_at")
    reply = await ann.chooses(card, uses[0][0])
    assert (reply.text, is_gone(said)) == ("The message that Ben asked for is deleted.", True)
    discord.server.channels[0].bot_permissions = Permission.SEND_MESSAGES
    reply = await ann.chooses(card, uses[1][0])
    assert reply.text.startswith("I can't see that channel")
    await ann.clicks(hidden, "Delete")
    assert is_gone(hidden)

    await bot.until(lambda: len(stored(bot.place, DELETED)) == 2)
    assert (await ann.uses("/voice show", voice="Grandpa")).text.count(": deleted <t:") == 2
    with pytest.raises(Refused):
        await ann.chooses(await ann.uses("/voice show", voice="Grandpa"), uses[0][0])
    assert (await ann.chooses(card, uses[0][0])).text == "That message was deleted already."


async def test_a_failed_deletion_is_explained_and_can_be_repeated(discord: Discord, ann: Member) -> None:
    said = await ann.uses("/say", text="one")
    discord.fails("DELETE", "/channels/*", status=400, code=50035)
    reply = await ann.clicks(said, "Delete")
    assert reply.text == "Discord did not delete the message. Please try again."
    await ann.clicks(said, "Delete")
    assert is_gone(said)
