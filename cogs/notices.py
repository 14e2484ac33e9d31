"""Telling owners on their own: by DM, else in the channel where their voice began."""

import contextlib
import enum
from datetime import UTC, datetime, timedelta
from io import BytesIO

import discord
import structlog

from bot.client import Mynah
from bot.clock import SECOND
from bot.models import NoticeKind
from bot.replies import LINE_TROUBLES
from bot.services.duties import Crew, holding_claim, keep_going
from bot.services.notices import NoticeService, Telling
from bot.services.previews import PreviewService
from bot.services.speech import file_name
from cogs.buttons import Action, buttons
from cogs.cards import notice_card

log = structlog.get_logger(__name__)

AT_ONCE = 5
HISTORY_SEARCHED = 50  # messages
CLOCK_DIFFERENCE = timedelta(seconds=30)  # between ours and Discord's

# Discord's error codes
_OPENING_TOO_FAST = 40003
_FLAGGED_FOR_SPAM = 20026
_SENT_AND_DELETED = 10008  # "unknown message": the one that this nonce made before


class _Outcome(enum.Enum):
    TOLD = enum.auto()
    CLOSED = enum.auto()  # Discord said no: it will not be there
    LATER = enum.auto()  # Discord said not now
    UNCLEAR = enum.auto()  # it may be there or not
    NEEDLESS = enum.auto()  # it is no news any more: the voice was deleted or retried meanwhile


class NoticeDuty:
    """Says each notice once, however often it takes to get it through."""

    name = "notices"

    def __init__(self, bot: Mynah, notices: NoticeService, previews: PreviewService) -> None:
        self._bot = bot
        self._notices = notices
        self._previews = previews
        self._crew = Crew(AT_ONCE)
        self.alarm = notices.alarm

    async def turn(self) -> None:
        if not self._crew.free:
            return
        for telling in await self._notices.due(self._crew.free):
            self._crew.start(telling.notice.id, self._tell(telling), afterwards=self.alarm.ring)

    async def next_due(self) -> int | None:
        return await self._notices.next_due() if self._crew.free else None

    async def aclose(self) -> None:
        await self._crew.aclose()

    async def _tell(self, telling: Telling) -> None:
        notice = telling.notice
        with keep_going("could not tell owner", voice_id=telling.voice.id):
            async with holding_claim(lambda until: self._notices.keep_claim(notice, until), self._bot.clock):
                outcome = await self._by_message(telling)
                match outcome:
                    case _Outcome.TOLD:
                        await self._notices.told(notice)
                    case _Outcome.CLOSED:
                        await self._notices.nobody_reached(notice)
                    case _Outcome.LATER:
                        await self._notices.not_now(notice)
                    case _Outcome.UNCLEAR:
                        await self._notices.unclear(notice)
                    case _Outcome.NEEDLESS:
                        pass
                if outcome in {_Outcome.TOLD, _Outcome.NEEDLESS}:
                    self._previews.forget(notice.id)

    async def _by_message(self, telling: Telling) -> _Outcome:
        outcome = await self._by_dm(telling)
        if outcome is _Outcome.CLOSED and telling.voice.guild_id is not None:
            outcome = await self._in_channel(telling)
        return outcome

    async def _by_dm(self, telling: Telling) -> _Outcome:
        preview = None
        if telling.notice.kind is NoticeKind.TRAINED:
            preview = await self._previews.for_notice(telling.notice.id, telling.voice)
        try:
            channel = await self._bot.create_dm(discord.Object(telling.voice.owner_id))
        except discord.HTTPException as error:
            return _refusal(error)
        except LINE_TROUBLES:
            return _Outcome.UNCLEAR
        return await self._send(channel, telling, preview=preview, mention=False)

    async def _in_channel(self, telling: Telling) -> _Outcome:
        channel = self._bot.get_partial_messageable(telling.voice.channel_id, guild_id=telling.voice.guild_id)
        return await self._send(channel, telling, preview=None, mention=True)

    async def _send(
        self, channel: discord.abc.Messageable, telling: Telling, *, preview: bytes | None, mention: bool
    ) -> _Outcome:
        voice, notice = telling.voice, telling.notice
        owner = discord.Object(voice.owner_id)
        text = notice_card(telling, self._bot.get_guild(voice.guild_id or 0))
        try:
            if self._notices.may_be_old_news(notice) and await self._has_arrived(channel, telling):
                return _Outcome.TOLD
            if not await self._notices.begin(notice):
                return _Outcome.NEEDLESS
            await channel.send(
                f"<@{voice.owner_id}> {text}" if mention else text,
                files=[discord.File(BytesIO(preview), file_name(voice.name))] if preview else [],
                view=buttons(voice.id, *_actions(telling), notice_id=notice.id),
                allowed_mentions=discord.AllowedMentions(
                    users=[owner] if mention else False, everyone=False, roles=False
                ),
                # Within minutes, Discord gives back the first message instead of a second one, wherever that stands.
                nonce=notice.id,
            )
        except discord.HTTPException as error:
            return _refusal(error)
        except LINE_TROUBLES:
            return _Outcome.UNCLEAR
        return _Outcome.TOLD

    async def _has_arrived(self, channel: discord.abc.Messageable, telling: Telling) -> bool:
        """Whether an earlier try, longer ago than Discord remembers its nonce, stands in the channel."""
        tried_at = telling.notice.first_tried_at or telling.notice.created_at
        after = datetime.fromtimestamp(tried_at / SECOND, UTC) - CLOCK_DIFFERENCE
        with contextlib.suppress(discord.Forbidden):  # where nobody lets us look, twice is better than not at all
            async for message in channel.history(limit=HISTORY_SEARCHED, after=after):
                if message.author == self._bot.user and telling.notice.id in str(message.components):
                    return True
        return False


def _refusal(error: discord.HTTPException) -> _Outcome:
    if error.code == _FLAGGED_FOR_SPAM:
        log.critical("discord has flagged the bot for spam")
    if error.code == _SENT_AND_DELETED:
        return _Outcome.TOLD
    if error.status >= 500:
        return _Outcome.UNCLEAR
    return _Outcome.LATER if error.code == _OPENING_TOO_FAST else _Outcome.CLOSED


def _actions(telling: Telling) -> list[Action]:
    if telling.notice.kind is NoticeKind.FAILED:
        return [Action.RETRY, Action.DELETE] if telling.retry_until is not None else [Action.DELETE]
    share = [Action.SHARE] if telling.voice.guild_id is not None else []
    return [*share, Action.DEFAULT, Action.DELETE]
