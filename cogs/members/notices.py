"""Sends notices to members: by DM, or if their DMs are closed, in the channel where their voice began."""

import enum
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import assert_never

import discord
import structlog

from bot.clock import SECOND
from bot.discord.client import Mynah
from bot.discord.codes import Code, Meaning, meaning_of
from bot.discord.files import SentOnce
from bot.discord.first_response import LINE_TROUBLES
from bot.discord.replies import LONGEST_MESSAGE
from bot.models.common import Work
from bot.models.members import Notice, NoticeKind
from bot.models.samples import Clip
from bot.models.voices import Voice
from bot.services.common.background import WorkerPool, holding_claim, keep_going
from bot.services.common.names import file_name
from bot.services.common.ownership import NotYours
from bot.services.common.wording import mentioning_commands, naming_commands
from bot.services.consent.consent_requests import ConsentRequestService
from bot.services.members.notices import News, NoticeService, Question, Telling, TrainingOutcome
from bot.services.speech.previews import PreviewService
from bot.services.voices.voices import VoiceService
from bot.storage.engine.wakeups import Wakeups
from cogs.common.cards import failure_card, question_card
from cogs.common.persistent import persistent_view
from cogs.voices.buttons import Action, buttons
from cogs.voices.messages import Card, ready_message

log = structlog.get_logger(__name__)

AT_ONCE = 5
HISTORY_SEARCHED = 50  # messages
CLOCK_DIFFERENCE = timedelta(seconds=30)  # between ours and Discord's, usually


class _Outcome(enum.Enum):
    TOLD = enum.auto()
    CLOSED = enum.auto()  # this channel takes nothing from the bot; another one may
    REFUSED = enum.auto()  # no channel would take this message
    LATER = enum.auto()  # Discord refused it for now
    UNCLEAR = enum.auto()  # it may have arrived or not
    NEEDLESS = enum.auto()  # the voice was deleted or retried meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """The content of a notice as it is sent."""

    text: str
    sounds: tuple[Clip, ...] = ()
    view: discord.ui.View | None = None


class NoticeWorker:
    """Sends each notice once, and tries again until it gets through."""

    work = Work.NOTICES

    def __init__(
        self,
        bot: Mynah,
        notices: NoticeService,
        previews: PreviewService,
        requests: ConsentRequestService,
        voices: VoiceService,
        wakeups: Wakeups,
    ) -> None:
        self._bot = bot
        self._notices = notices
        self._previews = previews
        self._requests = requests
        self._voices = voices
        self._pool = WorkerPool(AT_ONCE, lambda: wakeups.wake([Work.NOTICES]), bot.clock)

    async def turn(self) -> None:
        await self._forget_previews()
        if not self._pool.free:
            return
        for telling in await self._notices.due(self._pool.free):
            self._pool.start(telling.notice.id, self._tell(telling))

    async def _forget_previews(self) -> None:
        """Drop the previews of notices that will not be sent any more, for example since the voice was deleted."""
        if kept := self._previews.notices:
            for notice_id in set(kept) - await self._notices.still_waiting(kept):
                self._previews.forget(notice_id)

    async def next_due(self) -> int | None:
        return await self._notices.next_due() if self._pool.free else None

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _tell(self, telling: Telling) -> None:
        notice = telling.notice
        with keep_going("could not send a notice", notice_id=notice.id):
            async with holding_claim(lambda until: self._notices.keep_claim(notice, until), self._bot.clock):
                content = await self._content(telling)
                outcome = await self._by_message(notice, content) if content else _Outcome.NEEDLESS
                match outcome:
                    case _Outcome.TOLD:
                        await self._notices.told(notice)
                    case _Outcome.CLOSED | _Outcome.REFUSED:
                        await self._notices.nobody_reached(notice)
                    case _Outcome.LATER:
                        await self._notices.not_now(notice)
                    case _Outcome.UNCLEAR:
                        await self._notices.unclear(notice)
                    case _Outcome.NEEDLESS:
                        pass
                if outcome in {_Outcome.TOLD, _Outcome.NEEDLESS}:
                    self._previews.forget(notice.id)

    async def _content(self, telling: Telling) -> _Content | None:
        """Write a notice. Returns None if there is nothing to say any more."""
        match telling:
            case TrainingOutcome(notice, voice) if notice.kind is NoticeKind.TRAINED:
                preview = await self._previews.for_notice(notice, voice)
                message = await self._ready(notice, voice, has_preview=preview is not None)
                if message is None:
                    return None
                sounds = (Clip(file_name(voice.name), preview),) if preview else ()
                return _Content(text=message.text, sounds=sounds, view=message.view)
            case TrainingOutcome(notice, voice):
                retry = (Action.RETRY,) if telling.retry_until is not None else ()
                view = buttons(voice.id, *retry, Action.DELETE, notice_id=notice.id)
                return _Content(text=failure_card(telling), view=view)
            case Question(notice, voice):
                clips = await self._requests.clips(voice.id)
                if not clips:
                    return None
                return _Content(
                    text=question_card(telling, self._bot.get_guild(telling.request.guild_id), clips=len(clips)),
                    sounds=clips,
                    view=buttons(voice.id, Action.APPROVE, Action.REFUSE, notice_id=notice.id),
                )
            case News():
                return _Content(text=telling.text)
            case _:
                assert_never(telling)

    async def _ready(self, notice: Notice, voice: Voice, *, has_preview: bool) -> Card | None:
        """Return the notice that a voice is ready, as it is true now; None if the voice is gone."""
        try:
            details = await self._voices.details(voice.id, notice.recipient_id)
        except NotYours:
            return None
        return ready_message(
            details,
            notice.recipient_id,
            notice.id,
            bot=self._bot,
            of_update=notice.of_update,
            has_preview=has_preview,
        )

    async def _by_message(self, notice: Notice, content: _Content) -> _Outcome:
        outcome = await self._by_dm(notice, content)
        if outcome is _Outcome.CLOSED and notice.guild_id is not None and notice.channel_id is not None:
            channel = self._bot.get_partial_messageable(notice.channel_id, guild_id=notice.guild_id)
            mentioning = replace(content, text=f"<@{notice.recipient_id}> {content.text}", sounds=())
            outcome = await self._send(channel, notice, mentioning)
        return outcome

    async def _by_dm(self, notice: Notice, content: _Content) -> _Outcome:
        try:
            channel = await self._bot.create_dm(discord.Object(notice.recipient_id))
        except discord.HTTPException as error:
            return _refusal(error)
        except LINE_TROUBLES:
            return _Outcome.UNCLEAR
        return await self._send(channel, notice, content)

    async def _send(self, channel: discord.abc.Messageable, notice: Notice, content: _Content) -> _Outcome:
        try:
            if self._notices.may_be_old_news(notice) and await self._has_arrived(channel, notice):
                return _Outcome.TOLD
            if not await self._notices.begin(notice):
                return _Outcome.NEEDLESS
            await channel.send(
                mentioning_commands(content.text, self._bot.command_mentions, most=LONGEST_MESSAGE),
                files=[SentOnce(BytesIO(sound.data), sound.filename) for sound in content.sounds],
                view=content.view or persistent_view(),
                allowed_mentions=discord.AllowedMentions(
                    users=[discord.Object(notice.recipient_id)], everyone=False, roles=False
                ),
                suppress_embeds=True,
                # For some minutes, Discord answers the same nonce with the first message, in whichever channel that is.
                nonce=notice.id,
            )
        except discord.HTTPException as error:
            return _refusal(error)
        except LINE_TROUBLES:
            return _Outcome.UNCLEAR
        return _Outcome.TOLD

    async def _has_arrived(self, channel: discord.abc.Messageable, notice: Notice) -> bool:
        """Look in the channel for an earlier try whose nonce Discord may have forgotten."""
        tried_at = notice.first_tried_at or notice.created_at
        after = datetime.fromtimestamp(tried_at / SECOND, UTC) - CLOCK_DIFFERENCE
        try:
            for since in (None, after):  # the newest messages, whatever the machine's clock shows, and those since
                async for message in channel.history(limit=HISTORY_SEARCHED, after=since):
                    if message.author == self._bot.user and _says(message, notice):
                        return True
        except discord.HTTPException as error:
            if meaning_of(error) is not Meaning.FORBIDDEN:
                raise
        return False  # also if the bot may not look there: sending twice is better than not at all


def _refusal(error: discord.HTTPException) -> _Outcome:
    if error.code == Code.FLAGGED_FOR_SPAM:
        log.critical("discord has flagged the bot for spam")
    if error.code == Code.UNKNOWN_MESSAGE:  # the one that this nonce made before: it was deleted
        return _Outcome.TOLD
    match meaning_of(error):
        case Meaning.CLOSED | Meaning.FORBIDDEN | Meaning.FILTERED:
            return _Outcome.CLOSED
        case Meaning.GONE | Meaning.INVALID:
            log.warning("notice refused", code=error.code, status=error.status)
            return _Outcome.REFUSED
        case Meaning.UNCLEAR:
            return _Outcome.UNCLEAR
        case Meaning.LATER:
            return _Outcome.LATER


def _says(message: discord.Message, notice: Notice) -> bool:
    """Return whether a message is this notice, by its buttons, or by its words if it has none."""
    said = naming_commands(message.content)
    return notice.id in str(message.components) or (notice.text is not None and said == notice.text)
