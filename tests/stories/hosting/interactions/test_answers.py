"""An answer comes after the work, in one request, and nothing that it says can be lost. Slow work is acknowledged."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from sandbox.discord import Discord, Reply
from sandbox.discord.world.model import CallbackType
from sandbox.fish_audio import FishAudio
from tests.stories.hosting.interactions.acts import Act, every_act
from tests.stories.running import BotHere, BotProcess
from tests.stories.steps import callback_of, has_voice, until_answered, wav
from tests.stories.stored import stored

CALLBACK, ORIGINAL = "/interactions/*/callback", "/webhooks/*/@original"
PRIVATE_MESSAGE, THINKING, SILENT, UPDATE = 4, 5, 6, 7  # kinds of first responses
ACKNOWLEDGEMENTS = {CallbackType.DEFERRED_MESSAGE, CallbackType.DEFERRED_UPDATE}
MOST = 3 / 4  # of all acts; on a busy machine, some are slow


def callbacks(discord: Discord, reply: Reply) -> list[int]:
    """Return the kinds of first responses that were tried for an interaction."""
    requests = [each for each in discord.requests if reply.interaction.token in each.path]
    return [each.json["type"] for each in requests if each.path.endswith("/callback")]


@asynccontextmanager
async def nothing_can_be_saved(database: Path) -> AsyncGenerator[None]:
    """Lock the database while the block runs, so that each change waits."""
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as backup:
        await asyncio.to_thread(backup.execute, "BEGIN IMMEDIATE")
        try:
            yield
        finally:
            backup.execute("ROLLBACK")


@pytest.mark.settings(max_voices_per_member=0)
async def test_what_people_were_told_is_done_though_the_bot_is_killed_at_that_moment(
    process: BotProcess, discord: Discord, fish: FishAudio
) -> None:
    await process.is_up()
    acts = [act for act in await every_act(process, discord, fish) if act.done is not None]
    answers = discord.holds("POST", CALLBACK, times=len(acts), after_work=True)
    told: list[Act] = []
    for act in acts:
        use = await act.do()
        assert await use.answered(), act.name
        if use.interaction.answered not in ACKNOWLEDGEMENTS:
            told.append(act)
    await process.is_killed()
    answers.release()
    assert [act.name for act in told if not stored(process.place, act.done or "")] == []
    assert len(told) > len(acts) * MOST


@pytest.mark.settings(max_voices_per_member=0)
async def test_the_outcome_is_the_only_request(bot: BotHere, discord: Discord, fish: FishAudio) -> None:
    acts, used = await every_act(bot, discord, fish), dict[str, int]()
    for act in acts:
        reply = await (await act.do()).reply()
        assert reply.modal is not None or reply.text, act.name
        if reply.interaction.answered not in ACKNOWLEDGEMENTS:
            used[act.name] = len([each for each in discord.requests if reply.interaction.token in each.path])
    assert {name: number for name, number in used.items() if number != 1} == {}
    assert len(used) > len({act.name for act in acts}) * MOST


async def test_a_slow_command_is_acknowledged_in_time_and_answered_there(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    async with nothing_can_be_saved(bot.database):
        renaming = await ann.uses("/voice rename", voice="Grandpa", name="Grandma", wait=False)
        assert await renaming.answered()
        assert renaming.thinking
    reply = await renaming.reply()
    assert (reply.text, reply.ephemeral) == ("“Grandpa” is now called “Grandma”.", True)
    assert callbacks(discord, reply) == [THINKING]
    assert not reply.interaction.followups


async def test_a_slow_button_changes_its_message_when_it_is_done(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    question = await ann.uses("/voice delete", voice="Grandpa")
    async with nothing_can_be_saved(bot.database):
        deleting = await ann.clicks(question, "Delete it for good", wait=False)
        assert await deleting.answered()
        assert question.message is not None
        assert question.message.content == question.text
    reply = await deleting.reply()
    assert reply.message is question.message
    assert reply.text.startswith("“Grandpa” is deleted.")
    assert (reply.buttons, callbacks(discord, reply)) == ((), [SILENT])


async def test_a_slow_file_is_waited_for(bot: BotHere, discord: Discord) -> None:
    ann = discord.member("Ann")
    download = discord.holds("GET", "/*attachments/*")
    creating = await ann.uses("/voice create", name="Grandpa", sample=wav(), wait=False)
    assert await creating.answered()
    assert creating.thinking
    download.release()
    assert (await creating.reply()).buttons == ("Create my voice", "Cancel")


async def test_an_error_after_slow_work_is_private_and_leaves_the_message_as_it_is(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann, eve = discord.member("Ann"), discord.member("Eve")
    await has_voice(bot, fish, ann, "Grandpa")
    question = await ann.uses("/voice delete", voice="Grandpa")
    [(voice_id,)] = stored(bot.place, "SELECT id FROM voice")
    async with nothing_can_be_saved(bot.database):
        use = await ann.clicks(question, "Delete it for good", wait=False)
        assert await use.answered()
        foreign = await eve.forges(question, custom_id=f"mynah:delete-now:{voice_id}")
    assert (foreign.ephemeral, foreign.message is question.message) == (True, False)
    assert (await use.reply()).text.startswith("“Grandpa” is deleted.")


@pytest.mark.parametrize("arrived", [False, True])
async def test_an_outcome_that_gets_lost_on_its_way_is_sent_again(
    arrived: bool, bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    second = 400 if arrived else 200  # the status of the second try
    discord.fails("POST", CALLBACK, hang_up=True, after_work=arrived)
    asking = await ann.uses("/voice delete", voice="Grandpa", wait=False)
    await until_answered(discord, "POST", callback_of(asking), status=second)
    question = await asking.reply()
    assert question.buttons == ("Delete it for good", "Keep it")
    discord.fails("POST", CALLBACK, hang_up=True, after_work=arrived)
    deleting = await ann.clicks(question, "Delete it for good", wait=False)
    await until_answered(discord, "POST", callback_of(deleting), status=second)
    reply = await deleting.reply()
    assert reply.text.startswith("“Grandpa” is deleted.")

    await ann.uses("/voice list")  # by then another answer would have come
    for seen, kind in ((question, PRIVATE_MESSAGE), (reply, UPDATE)):
        assert callbacks(discord, seen) == [kind, kind]
        assert not seen.interaction.followups


@pytest.mark.parametrize("arrived", [False, True])
async def test_an_outcome_follows_an_acknowledgement_that_may_not_have_arrived(
    arrived: bool, bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    discord.fails("POST", CALLBACK, hang_up=True, after_work=arrived)
    async with nothing_can_be_saved(bot.database):
        renaming = await ann.uses("/voice rename", voice="Grandpa", name="Grandma", wait=False)
        await until_answered(discord, "POST", callback_of(renaming), status=500)
    assert (await renaming.reply()).text == "“Grandpa” is now called “Grandma”."
    assert not renaming.interaction.followups


async def test_a_member_who_has_dismissed_the_question_is_told_all_the_same(
    bot: BotHere, discord: Discord, fish: FishAudio
) -> None:
    ann = discord.member("Ann")
    await has_voice(bot, fish, ann, "Grandpa")
    question = await ann.uses("/voice delete", voice="Grandpa")
    discord.fails("POST", CALLBACK, status=404, code=10008)
    reply = await ann.clicks(question, "Delete it for good")
    assert reply.text.startswith("“Grandpa” is deleted.")
    assert (reply.ephemeral, callbacks(discord, reply)) == (True, [UPDATE, PRIVATE_MESSAGE])


async def test_too_many_requests_is_no_refusal(bot: BotHere, discord: Discord) -> None:
    edge = {"Via": "", "Content-Type": "text/html"}  # a page of the network in front of Discord
    discord.fails("POST", CALLBACK, status=429, body="error code: 1015", headers=edge)
    reply = await discord.member("Ann").uses("/voice list")
    assert reply.text.startswith("**Your voices**")
    assert callbacks(discord, reply) == [PRIVATE_MESSAGE] * 2


async def test_a_large_file_follows_an_acknowledgement(bot: BotHere, discord: Discord) -> None:
    ann = discord.member("Ann")
    await ann.uses("/voice create", name="Grandpa", sample=wav(seconds=60))
    reply = await ann.uses("/privacy export")
    assert (len(reply.files), reply.ephemeral) == (1, True)
    assert callbacks(discord, reply) == [THINKING]
