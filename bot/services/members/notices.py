"""Plans what members are told privately, once each: outcomes, questions and news. The cogs send it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias, assert_never

import structlog

from bot.clock import DAY, MINUTE, SECOND, Clock
from bot.models.consent import ConsentRequest
from bot.models.members import Notice, NoticeKind
from bot.models.voices import Voice, VoiceState
from bot.services.common.background import CLAIM
from bot.services.consent.consent_requests import DELIVERED_WITHIN
from bot.storage.consent.consent_requests import ConsentRequestStore
from bot.storage.members.notices import NoticeStore
from bot.storage.voices.voices import VoiceStore

log = structlog.get_logger(__name__)

GIVEN_UP_AFTER = 7 * DAY
QUESTION_GIVEN_UP_AFTER = DELIVERED_WITHIN  # by then the recording is deleted, and the owner is told
LONGEST_PAUSE = 6 * 60 * MINUTE
UNCLEAR_PAUSE = 5 * SECOND
NOT_NOW_PAUSE = 3 * MINUTE

# Discord remembers a nonce for "the past few minutes" and gives no number; this is surely less.
NONCE_REMEMBERED = 2 * MINUTE


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """Tells an owner that a voice is trained or has failed."""

    notice: Notice
    voice: Voice
    retry_until: int | None  # while a failed voice's sample is kept
    was_ready: bool  # the voice was trained at some time


@dataclass(frozen=True, slots=True)
class Question:
    """Asks somebody whether they agree to be heard in a voice."""

    notice: Notice
    voice: Voice
    request: ConsentRequest


@dataclass(frozen=True, slots=True)
class News:
    """Tells a member one sentence."""

    notice: Notice
    text: str


# A notice with what its message needs.
Telling: TypeAlias = TrainingOutcome | Question | News


class NoticeService:
    def __init__(self, store: NoticeStore, voices: VoiceStore, requests: ConsentRequestStore, clock: Clock) -> None:
        self._store = store
        self._voices = voices
        self._requests = requests
        self._clock = clock

    async def due(self, most: int) -> list[Telling]:
        """Claim up to `most` due notices. Drops those that are no longer true."""
        now = self._clock.now()
        tellings: list[Telling] = []
        for notice in await self._store.claim(now=now, until=now + CLAIM, most=most):
            telling = await self._telling(notice, now)
            if telling is None:
                await self._store.drop(notice.id)
            else:
                tellings.append(telling)
        return tellings

    async def try_claimed_now(self) -> None:
        """Make due again what was being sent when the bot died; called at start."""
        await self._store.try_claimed_now(self._clock.now())

    async def next_due(self) -> int | None:
        return await self._store.next_due()

    async def still_waiting(self, notice_ids: Collection[str]) -> set[str]:
        """Return those of these notices that are still to be sent."""
        return await self._store.still_waiting(notice_ids)

    async def keep_claim(self, notice: Notice, until: int) -> None:
        await self._store.keep_claim(notice.id, until)

    def may_be_old_news(self, notice: Notice) -> bool:
        """Return whether an earlier try may have arrived longer ago than Discord remembers its nonce."""
        first = notice.first_tried_at
        return first is not None and first < self._clock.now() - NONCE_REMEMBERED

    async def begin(self, notice: Notice) -> bool:
        """Record that a try begins, so that Discord may have the notice. Returns False if it must not be sent."""
        return await self._store.begin_sending(notice.id, self._clock.now())

    async def told(self, notice: Notice) -> None:
        await self._store.mark_sent(notice.id, self._clock.now())
        log.info("notice delivered", voice_id=notice.voice_id, kind=notice.kind.value)

    async def unclear(self, notice: Notice) -> None:
        """Plan another try with the same nonce, since Discord may or may not have the notice."""
        await self._again_in(UNCLEAR_PAUSE, notice)

    async def not_now(self, notice: Notice) -> None:
        """Plan another try, since Discord sends nothing for us at this moment."""
        await self._again_in(NOT_NOW_PAUSE, notice)

    async def nobody_reached(self, notice: Notice) -> None:
        """Plan another try after a growing pause, since every way to the member is closed. Gives up in the end."""
        now = self._clock.now()
        pause = min(MINUTE * 2**notice.undelivered, LONGEST_PAUSE)
        again = now + pause if now + pause < _given_up_at(notice) else None
        await self._store.put_off(notice.id, next_attempt_at=again, undelivered=notice.undelivered + 1)
        log.info("notice not delivered", voice_id=notice.voice_id, given_up=again is None)

    async def forget_old(self) -> None:
        """Delete news that could not be delivered in time."""
        await self._store.forget_news(self._clock.now() - GIVEN_UP_AFTER)

    async def _telling(self, notice: Notice, now: int) -> Telling | None:
        """Return what there is to send; None if it is no longer true."""
        match notice.kind:
            case NoticeKind.TRAINED:
                return await self._outcome_of(notice, VoiceState.TRAINED, now)
            case NoticeKind.FAILED:
                return await self._outcome_of(notice, VoiceState.FAILED, now)
            case NoticeKind.REQUEST:
                return await self._question(notice, now)
            case NoticeKind.NEWS:
                return News(notice, notice.text or "")
            case _:
                assert_never(notice.kind)

    async def _outcome_of(self, notice: Notice, state: VoiceState, now: int) -> TrainingOutcome | None:
        voice = await self._voices.by_id(notice.voice_id or "")
        if voice is None or voice.state is not state:
            return None
        kept_until = await self._voices.sample_kept_until(voice.id, now)
        return TrainingOutcome(notice, voice, kept_until, await self._store.was_ready(voice.id))

    async def _question(self, notice: Notice, now: int) -> Question | None:
        voice = await self._voices.by_id(notice.voice_id or "")
        request = await self._requests.of_voice(notice.voice_id or "")
        if voice is None or request is None or await self._voices.sample_kept_until(voice.id, now) is None:
            return None
        return Question(notice, voice, request)

    async def _again_in(self, pause: int, notice: Notice) -> None:
        again = self._clock.now() + pause
        given_up = again >= _given_up_at(notice)
        await self._store.retry_unclear(notice.id, next_attempt_at=None if given_up else again)


def _given_up_at(notice: Notice) -> int:
    lasts = QUESTION_GIVEN_UP_AFTER if notice.kind is NoticeKind.REQUEST else GIVEN_UP_AFTER
    return notice.created_at + lasts
