"""Answers take the way that is still open; shown by a bot that does nothing else."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord as dpy
import pytest

from bot.discord.first_response import acknowledge, acknowledge_if_slow, if_slow
from bot.discord.replies import answer, explain_to, open_form, update
from bot.errors import UserError
from sandbox.discord import Discord, Member
from tests.sandbox.discord.trial_bot import Form, running_bot

Interaction = dpy.Interaction[Any]
COMMAND = "/answer sleep"  # which the bot itself does not answer


@pytest.fixture
async def ann(discord: Discord) -> Member:
    return discord.member("Ann")


@asynccontextmanager
async def answering(discord: Discord, work: Callable[[Interaction], Awaitable[None]]) -> AsyncGenerator[None]:
    """Let a bot do `work` for each interaction."""

    async def on_interaction(interaction: Interaction) -> None:
        task = asyncio.current_task()
        assert task is not None
        acknowledge_if_slow(interaction, task)
        try:
            await work(interaction)
        except UserError as error:
            await explain_to(interaction, error)

    async with running_bot(discord) as bot:
        bot.add_listener(on_interaction)
        yield


async def test_a_form_that_cannot_be_opened_in_time_is_asked_for_again(discord: Discord, ann: Member) -> None:
    done = asyncio.Event()

    async def work(interaction: Interaction) -> None:
        await done.wait()
        await open_form(interaction, Form())

    async with answering(discord, work):
        use = await ann.uses(COMMAND, wait=False)
        assert await use.answered()
        assert use.thinking
        done.set()
        reply = await use.reply()
        assert (reply.text, reply.ephemeral) == (
            "That took too long, so I could not open the form. Please try again.",
            True,
        )
        assert (await ann.uses(COMMAND)).modal is not None


async def test_what_is_said_after_an_answer_follows_it(discord: Discord, ann: Member) -> None:
    async def work(interaction: Interaction) -> None:
        await answer(interaction, "First")
        raise UserError("Second")

    async with answering(discord, work):
        reply = await ann.uses(COMMAND)
        await reply.interaction.changes.until(lambda: reply.interaction.followups or None)
        [second] = reply.interaction.followups
    assert (reply.text, second.content, second.ephemeral) == ("First", "Second", True)


@pytest.mark.parametrize("is_slow", [False, True])
async def test_a_failure_is_private_where_the_outcome_would_be_public(
    is_slow: bool, discord: Discord, ann: Member
) -> None:
    async def work(interaction: Interaction) -> None:
        if_slow(interaction, "publicly")
        if is_slow:
            await acknowledge(interaction)
        raise UserError("That went wrong.")

    async with answering(discord, work):
        reply = await ann.uses(COMMAND)
    assert (reply.text, reply.ephemeral) == ("That went wrong.", True)
    assert discord.messages(discord.server.channels[0], viewer=discord.member("Witness")) == []


async def test_an_update_without_a_message_is_an_answer(discord: Discord, ann: Member) -> None:
    async def work(interaction: Interaction) -> None:
        await update(interaction, "Done.")

    async with answering(discord, work):
        use = await ann.uses(COMMAND, wait=False)
        reply = await use.reply()
    assert (reply.text, reply.ephemeral) == ("Done.", True)
