"""The server's log is posted once in the channel that the managers chose, and pings nobody."""

import pytest

from sandbox.discord import Channel, Discord, Member, Permission
from sandbox.fish_audio import FishAudio
from tests.stories.running import BotHere
from tests.stories.steps import has_voice, until_answered, until_later
from tests.stories.stored import stored

LOG = "mynah-server:log"


async def logs_to(manager: Member, channel: Channel) -> None:
    await manager.chooses(await manager.uses("/server settings"), channel, menu=LOG)


def posted(discord: Discord, channel: Channel, viewer: Member) -> str:
    return "\n".join(seen.text for seen in discord.messages(channel, viewer=viewer))


@pytest.mark.slow
@pytest.mark.both_engines
async def test_the_log_says_who_did_what_once_and_pings_nobody(discord: Discord, fish: FishAudio, bot: BotHere) -> None:
    mia, ann, ben = discord.manager("Mia"), discord.member("@everyone"), discord.member("Ben")
    record = discord.add_channel("record")
    await has_voice(bot, fish, ann, "Grandpa")
    await logs_to(mia, record)
    await until_answered(discord, "POST", f"/channels/{record.id}/messages", status=200)
    assert f"Mia ({mia.mention}) chose this channel for the log of voices." in posted(discord, record, mia)

    discord.fails("POST", f"/channels/{record.id}/messages", status=503, after_work=True)
    await ann.uses("/voice share", voice="Grandpa")
    await mia.uses("/server block", member=ben)
    await until_answered(discord, "POST", f"/channels/{record.id}/messages", status=503)
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM log_entry"), minutes=0.05)
    text = posted(discord, record, mia)
    assert text.count("shared “Grandpa” with this server.") == 1
    assert text.count(f"Mia ({mia.mention}) blocked Ben ({ben.mention}).") == 1
    for seen in discord.messages(record, viewer=mia):
        assert seen.message is not None
        assert not seen.message.pinged
        assert not seen.message.pinged_everyone


@pytest.mark.slow
async def test_a_log_that_cannot_be_posted_is_told_in_the_settings_and_kept_for_a_day(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia, ben = discord.manager("Mia"), discord.member("Ben")
    closed, gone, good = (discord.add_channel(name) for name in ("closed", "gone", "good"))
    discord.forbids(closed, Permission.SEND_MESSAGES)
    await logs_to(mia, closed)
    await bot.until(lambda: stored(bot.place, "SELECT 1 FROM server WHERE log_trouble <> ''"))
    assert "I may not write in the log channel." in (await mia.uses("/server settings")).text

    await mia.uses("/server block", member=ben)
    await logs_to(mia, good)
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM log_entry"), minutes=0.1)
    assert "blocked Ben" in posted(discord, good, mia), "what the first channel did not take"
    assert f"chose this channel for the log of voices instead of <#{closed.id}>." in posted(discord, good, mia)
    assert "I may not write" not in (await mia.uses("/server settings")).text

    await logs_to(mia, gone)
    discord.deletes_channel(gone)
    await mia.uses("/server unblock", member=ben)
    trouble = "SELECT 1 FROM server WHERE log_trouble LIKE '%is gone%'"
    await until_later(bot, lambda: stored(bot.place, trouble), minutes=1)
    bot.time_passes(days=1)
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM log_entry"), minutes=1)


@pytest.mark.slow
async def test_every_change_of_a_rule_is_logged_with_who_made_it_from_what_to_what(
    discord: Discord, fish: FishAudio, bot: BotHere
) -> None:
    mia, record, singers = discord.manager("Mia"), discord.add_channel("record"), discord.add_role("singers")
    await logs_to(mia, record)
    panel = await mia.uses("/server settings")
    for button in ("Ask for spoken consent", "Don't ask for spoken consent", "Forbid sharing"):
        panel = await mia.clicks(panel, button)
    panel = await mia.chooses(panel, singers, menu="mynah-server:creators")
    panel = await mia.chooses(panel, singers, menu="mynah-server:speakers")
    panel = await mia.chooses(panel, record, menu="mynah-server:channels")
    form = await mia.clicks(panel, "Limits and words")
    await mia.fills(form, longest_text="500", server_characters="9000", forbidden_words="fiddle")
    await mia.fills(
        form, longest_text="500", server_characters="9000", forbidden_words="fiddle"
    )  # which changes nothing
    await until_later(bot, lambda: not stored(bot.place, "SELECT id FROM log_entry"), minutes=0.1)

    who, role = f"Mia ({mia.mention}) changed", f"<@&{singers.id}>"
    lines = posted(discord, record, mia).splitlines()
    assert [line[line.index("Mia") :] for line in lines if "changed" in line] == [
        f"{who} spoken consent for a new voice: not asked for → asked for.",
        f"{who} spoken consent for a new voice: asked for → not asked for.",
        f"{who} shared voices: allowed → not allowed.",
        f"{who} who may create voices: everybody → {role}.",
        f"{who} who may use `/say`: everybody → {role}.",
        f"{who} where: every channel → <#{record.id}>.",
        (
            f"{who} longest text: without limit → 500; characters of all members together a day: without limit → "
            "9,000; words that may not be spoken: 0 → 1 (1 added, 0 removed)."
        ),
    ]
