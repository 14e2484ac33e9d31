"""Tells the bot's host, who owns the application, about troubles that only they can end."""

import discord
import structlog

from bot.discord.client import Mynah
from bot.discord.codes import Meaning, meaning_of
from bot.discord.first_response import LINE_TROUBLES
from bot.discord.replies import LONGEST_MESSAGE
from bot.models.common import Work
from bot.services.common.alerts import AlertService
from bot.services.common.background import keep_going
from bot.services.common.wording import mentioning_commands

log = structlog.get_logger(__name__)


class AlertWorker:
    """Sends each trouble to the application's owner, or to each member of the team that owns it."""

    work = Work.ALERTS

    def __init__(self, bot: Mynah, alerts: AlertService) -> None:
        self._bot = bot
        self._alerts = alerts

    async def turn(self) -> None:
        for trouble, sentence in await self._alerts.untold():
            told: list[bool] = []
            with keep_going("could not tell the host", trouble=trouble.value):
                told = [await self._tell(host, sentence) for host in await self._bot.hosts()]
            if not any(told):
                await self._alerts.not_told(trouble)

    async def next_due(self) -> None:
        return None  # the write that raises an alert wakes this worker

    async def _tell(self, host: discord.abc.Snowflake, sentence: str) -> bool:
        """Send the sentence. Returns False if a later try may succeed."""
        try:
            channel = await self._bot.create_dm(host)
            await channel.send(mentioning_commands(sentence, self._bot.command_mentions, most=LONGEST_MESSAGE))
        except discord.HTTPException as error:
            log.warning("host not reached", host_id=host.id, code=error.code)
            return meaning_of(error) not in {Meaning.LATER, Meaning.UNCLEAR}
        except LINE_TROUBLES as error:
            log.warning("host not reached", host_id=host.id, error=type(error).__name__)
            return False
        return True
