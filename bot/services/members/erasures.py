"""Deletes everything about a member, who gets a receipt when their last voice is gone at Fish Audio."""

import structlog

from bot.clock import DAY, HOUR, SECOND, Clock
from bot.errors import UserError
from bot.models.common import Work
from bot.models.members import Erasure
from bot.models.voices import Voice
from bot.services.common.wording import counted, moment, quoted
from bot.services.servers.guards import Guards
from bot.services.voices.removals import STRAY_WINDOW
from bot.storage.engine.database import finished
from bot.storage.members.erasures import ErasureStore

log = structlog.get_logger(__name__)

WIPE_PAUSE = 2 * SECOND
REST = 20  # times as long as it took to write the whole file anew: nothing else can be written meanwhile
LONGEST_COMMAND = HOUR  # an interaction lives for 15 minutes


class NotYourErasure(UserError):
    def __init__(self) -> None:
        super().__init__("Only the member who asked for this button can use it. `/privacy erase` gives you your own.")


class NothingToErase(UserError):
    def __init__(self) -> None:
        super().__init__(
            "There is nothing about you here to delete. If a receipt is still to come, it comes when the last of your "
            "voices is gone at Fish Audio."
        )


class ErasureService:
    """Deletes what is stored here at once. A worker writes the receipt later, since Fish Audio may take its time."""

    work = Work.ERASURES

    def __init__(self, store: ErasureStore, guards: Guards, clock: Clock) -> None:
        self._store = store
        self._guards = guards
        self._clock = clock
        self._again_at: int | None = None
        self._rested_at = 0  # by `Clock.monotonic`
        self._wholly_at: int | None = None

    async def erase(self, member_id: int, *, asked_by: int) -> None:
        """Delete everything about a member who asks for it. Raises NotYourErasure or NothingToErase."""
        if member_id != asked_by:
            raise NotYourErasure
        now = self._clock.now()
        if not await self._store.erase(
            member_id,
            self._guards.pseudonym(member_id),
            news=_taken_away,
            entry=_NO_MORE,
            now=now,
            look_until=now + STRAY_WINDOW,
        ):
            raise NothingToErase
        log.info("member erased")

    async def turn(self) -> None:
        """Write the receipts that are due, once what was deleted is off the disk, too.

        That goes on to its end, also if it takes longer than a turn may: the next turn would only begin anew.
        """
        now, self._again_at = self._clock.now(), None
        erasures = await self._store.finished()
        if not erasures:
            return
        if (rest := self._rested_at - self._clock.monotonic()) > 0:
            self._again_at = now + rest
            return
        await finished(self._write_receipts(erasures, now))

    async def _write_receipts(self, erasures: list[Erasure], now: int) -> None:
        if not await self._wipe_wholly(again=True):
            log.info("receipts wait until what was deleted is off the disk", receipts=len(erasures))
            self._again_at = now + WIPE_PAUSE
            return
        for erasure in erasures:
            await self._store.finish(erasure, _receipt(erasure, now), now)

    async def wipe(self) -> None:
        """Overwrite on the disk what was deleted or replaced since the last time. Recordings do not wait for this.

        Once a day, that is also what SQLite has left of it between other rows. Receipts do not wait for that day.
        """
        now = self._clock.now()
        self._wholly_at = self._wholly_at or now + HOUR  # a start has other things to do
        if now < self._wholly_at:
            await self._store.wipe(again=False)  # a backup that is being made should not hold up every write
        else:
            await finished(self._wipe_daily(now))

    async def _wipe_daily(self, now: int) -> None:
        self._wholly_at = now + (DAY if await self._wipe_wholly(again=False) else HOUR)

    async def _wipe_wholly(self, *, again: bool) -> bool:
        began = self._clock.monotonic()
        is_wiped = await self._store.wipe(wholly=True, again=again)
        took = self._clock.monotonic() - began
        self._rested_at = began + took + (REST * took if took > SECOND // 10 else 0)
        return is_wiped

    async def forget_old(self) -> None:
        """Forget erasures that are older than any running command."""
        await self._store.forget_erased(self._clock.now() - LONGEST_COMMAND)

    async def next_due(self) -> int | None:
        """Return when to try again to wipe, else None: what finishes the last removal wakes this worker."""
        return self._again_at


def _taken_away(voice: Voice) -> str:
    """Write the news for the owner of a voice in which the member was heard; it does not name the member."""
    return (
        f"{quoted(voice.name)} is deleted, here and at Fish Audio: the person whose voice it is had everything "
        "about them deleted. You need not do anything."
    )


_NO_MORE = "A voice is not shared here any more: it was deleted together with everything about a member."


def _receipt(erasure: Erasure, now: int) -> str:
    here = f"{counted(erasure.voices, 'voice')} with all that belongs to them, {counted(erasure.uses, 'record')} of use"
    if erasure.upstream:
        there = (
            f"{counted(erasure.upstream, 'voice')} of yours had been sent to Fish Audio; the last one was gone there "
            f"on {moment(now)}."
        )
    else:
        there = "Nothing of yours was at Fish Audio any more."
    return (
        f"Everything about you that you asked me to delete on {moment(erasure.asked_at)} is gone: {here}, your "
        f"default voice, and what I still had to tell you. {there} This is your receipt; I do not keep a copy."
    )
