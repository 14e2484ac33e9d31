"""The worker that posts captions which a process left out when it died, and finds out what it had posted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import discord
import structlog

from bot.clock import SECOND
from bot.discord.client import Mynah
from bot.discord.codes import Code, Meaning, meaning_of
from bot.discord.first_response import LINE_TROUBLES
from bot.models.common import Work
from bot.models.speech import Utterance
from bot.services.common.background import WorkerPool, holding_claim, keep_going
from bot.services.speech.delivery.captions import CaptionService
from bot.storage.engine.wakeups import Wakeups
from cogs.common.persistent import persistent_view
from cogs.speech.postings.captions import caption_without_text
from cogs.speech.postings.voice_message import caption_nonce
from cogs.speech.utterances import delete_button

log = structlog.get_logger(__name__)

AT_ONCE = 3
SEARCHED = 100  # messages
CLOCK_DIFFERENCE = timedelta(seconds=30)  # between ours and Discord's, usually


class CaptionWorker:
    """Looks for each voice message and its caption before it posts anything, so neither is lost or doubled."""

    work = Work.CAPTIONS

    def __init__(self, bot: Mynah, captions: CaptionService, wakeups: Wakeups) -> None:
        self._bot = bot
        self._captions = captions
        self._pool = WorkerPool(AT_ONCE, lambda: wakeups.wake([Work.CAPTIONS]), bot.clock)

    async def turn(self) -> None:
        if self._pool.free:
            for utterance in await self._captions.due(self._pool.free):
                self._pool.start(utterance.id, self._see_to(utterance))

    async def next_due(self) -> int | None:
        return await self._captions.next_due() if self._pool.free else None

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _see_to(self, utterance: Utterance) -> None:
        with keep_going("could not post a caption", utterance_id=utterance.id):
            async with holding_claim(lambda until: self._captions.keep_claim(utterance, until), self._bot.clock):
                try:
                    await self._complete(utterance)
                except discord.HTTPException as error:
                    log.info("caption not posted", code=error.code, status=error.status, utterance_id=utterance.id)
                    if meaning_of(error) is Meaning.GONE:
                        await self._captions.withdraw(utterance)
                    else:
                        await self._captions.not_now(utterance)
                except LINE_TROUBLES:
                    await self._captions.not_now(utterance)

    async def _complete(self, utterance: Utterance) -> None:
        channel = self._bot.get_partial_messageable(utterance.channel_id, guild_id=utterance.guild_id)
        message_id = utterance.message_id or await self._find(
            channel, utterance, lambda message: any(utterance.id in file.filename for file in message.attachments)
        )
        if message_id is None:
            await self._captions.withdraw(utterance)
            return
        caption_id = await self._find(
            channel, utterance, lambda message: message.reference and message.reference.message_id == message_id
        )
        if caption_id is None and not await self._captions.is_on_record(utterance):
            await channel.get_partial_message(message_id).delete()
            return
        if caption_id is None:
            caption_id = await self._post(channel.get_partial_message(message_id), utterance)
        if caption_id is None:
            await self._captions.withdraw(utterance)
        else:
            await self._captions.posted(utterance, message_id, caption_id)

    async def _find(
        self, channel: discord.abc.Messageable, utterance: Utterance, is_it: Callable[[discord.Message], object]
    ) -> int | None:
        """Look for a message of ours: among those since the voice message was made, and among the newest ones."""
        after = datetime.fromtimestamp(utterance.made_at / SECOND, UTC) - CLOCK_DIFFERENCE
        for since in (after, None):
            async for message in channel.history(limit=SEARCHED, after=since):
                if message.author == self._bot.user and is_it(message):
                    return message.id
        return None

    async def _post(self, message: discord.PartialMessage, utterance: Utterance) -> int | None:
        """Post the caption. If Discord refuses it for good, delete the voice message and return None."""
        view = persistent_view(delete_button(utterance.id)) if utterance.guild_id is not None else persistent_view()
        try:
            posted = await message.reply(
                caption_without_text(utterance),
                nonce=caption_nonce(utterance.id),
                allowed_mentions=discord.AllowedMentions.none(),
                view=view,
            )
        except discord.HTTPException as error:
            if error.code == Code.UNKNOWN_MESSAGE:  # somebody has deleted the caption
                return None
            if meaning_of(error) in {Meaning.UNCLEAR, Meaning.LATER} and not _is_gone(error):
                raise
            await message.delete()
            return None
        return posted.id


def _is_gone(error: discord.HTTPException) -> bool:
    """Return whether the message to reply to is gone: Discord says that as it says that a form is wrong."""
    return error.code == Code.INVALID_FORM
