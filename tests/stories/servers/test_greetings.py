"""A server to which the bot is added is told once where to begin."""

import pytest

from sandbox.discord import Channel, Discord, Permission
from tests.stories.running import BotHere

GREETING = "Hello! With me, everybody here can speak in their own voice:"


def greetings(channel: Channel) -> list[str]:
    return [message.content for message in channel.messages.values() if message.content.startswith(GREETING)]


@pytest.mark.slow
@pytest.mark.usefixtures("connects_again_at_once")
async def test_a_new_server_is_greeted_once_in_its_channel_for_system_messages(discord: Discord, bot: BotHere) -> None:
    assert not greetings(discord.server.channels[0]), "the bot has been there for long"
    discord.removes_bot(discord.server)
    welcome = discord.add_channel("welcome")
    discord.server.system_channel = welcome
    discord.invites_bot(discord.server)
    await bot.until(lambda: greetings(welcome))
    [text] = greetings(welcome)
    ids = {command["name"]: command["id"] for command in discord.world.application.commands}
    assert f"</server settings:{ids['server']}>" in text
    assert f"</help:{ids['help']}>" in text

    await discord.drops_gateway(resumable=False)
    await discord.until_ready()
    discord.outage(discord.server)
    discord.recovers(discord.server)
    await bot.restarts()
    discord.removes_bot(discord.server)
    discord.invites_bot(discord.server)
    await discord.member("Ann").uses("/voice list")
    await bot.rests()
    assert greetings(welcome) == [text]
    assert not greetings(discord.server.channels[0])


async def test_a_server_is_greeted_in_the_first_channel_in_which_the_bot_may_write(
    discord: Discord, bot: BotHere
) -> None:
    discord.removes_bot(discord.server)
    closed, hidden, opened = discord.server.channels[0], discord.add_channel("hidden"), discord.add_channel("open")
    closed.bot_permissions &= ~Permission.SEND_MESSAGES
    hidden.bot_permissions &= ~Permission.VIEW_CHANNEL
    discord.server.system_channel = closed
    discord.invites_bot(discord.server)
    await bot.until(lambda: greetings(opened))
    assert not greetings(closed)
    assert not greetings(hidden)


@pytest.mark.slow
async def test_a_server_that_was_joined_while_the_bot_was_away_is_greeted(discord: Discord, bot: BotHere) -> None:
    await bot.stops()
    discord.removes_bot(discord.server)
    discord.invites_bot(discord.server)
    await bot.starts()
    await bot.until(lambda: greetings(discord.server.channels[0]))
