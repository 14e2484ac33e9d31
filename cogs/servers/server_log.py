"""Posts the server log in the channel that the managers chose, without pinging anybody."""

import asyncio

import discord
import structlog

from bot.discord.client import Mynah
from bot.discord.codes import Code, Meaning, meaning_of
from bot.discord.first_response import LINE_TROUBLES
from bot.models.common import Work
from bot.services.common.background import keep_going
from bot.services.common.wording import mentioning_commands
from bot.services.servers.server_log import LONGEST_MESSAGE, LogMessage, ServerLogService

log = structlog.get_logger(__name__)

POSTING_SECONDS = 10.0

# Why the log channel takes nothing, as the managers read it.
_WHY = {
    Meaning.GONE: "The log channel is gone. Choose another one.",
    Meaning.FORBIDDEN: (
        "I may not write in the log channel. Let me see it and send messages there, or choose another one."
    ),
    Meaning.FILTERED: (
        "This server's AutoMod does not let me write in the log channel. Exempt me from its rules there, or choose "
        "another channel."
    ),
}


class ServerLogWorker:
    work = Work.SERVER_LOG

    def __init__(self, bot: Mynah, server_log: ServerLogService) -> None:
        self._bot = bot
        self._server_log = server_log

    async def turn(self) -> None:
        for message in await self._server_log.due():
            with keep_going("could not post in a server's log", guild_id=message.guild_id):
                await self._post(message)

    async def next_due(self) -> int | None:
        return await self._server_log.next_due()

    async def _post(self, message: LogMessage) -> None:
        guild = self._bot.get_guild(message.guild_id)
        posting = await self._server_log.posting_of(message)
        if posting is None:
            return
        if posting.channel_id is None or guild is None or guild.unavailable:
            await self._server_log.unclear(message)  # until it is too old to be of use
            return
        channel = self._bot.get_partial_messageable(posting.channel_id, guild_id=guild.id)
        try:
            async with asyncio.timeout(POSTING_SECONDS):
                await channel.send(
                    mentioning_commands(posting.text, self._bot.command_mentions, most=LONGEST_MESSAGE),
                    nonce=message.id,
                    suppress_embeds=True,
                    allowed_mentions=discord.AllowedMentions.none(),
                )
        except discord.HTTPException as error:
            if error.code == Code.UNKNOWN_MESSAGE:  # the one that this nonce made before: it was deleted
                await self._server_log.posted(message)
            elif (why := _WHY.get(meaning_of(error))) is not None:
                await self._server_log.refused(message, posting.channel_id, why)
            else:
                await self._server_log.unclear(message)
        except LINE_TROUBLES:
            await self._server_log.unclear(message)
        else:
            await self._server_log.posted(message)
