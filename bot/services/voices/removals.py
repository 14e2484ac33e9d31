"""Deletes voices at Fish Audio, and tries again until they are gone."""

import structlog

from bot.clock import DAY, HOUR, MINUTE, SECOND, Clock
from bot.errors import FishAudioError, LooksMissing, VoiceGone
from bot.fish_audio.client import FishAudio
from bot.models.common import Blocker, Work
from bot.models.voices import Removal
from bot.services.common.alerts import AlertService
from bot.services.common.background import CLAIM, WorkerPool, holding_claim, keep_going
from bot.services.common.backoff import delay_after
from bot.storage.engine.wakeups import Wakeups
from bot.storage.voices.removals import RemovalStore

log = structlog.get_logger(__name__)

# How long after an unanswered creation its voice may still appear at Fish Audio.
STRAY_WINDOW = 15 * MINUTE
FIRST_LOOK_AGAIN = 5 * SECOND

AT_ONCE = 2  # more could take all of Fish Audio's slots while it hangs
ALERTED_AFTER = HOUR  # of failures
BELIEVED_AFTER = DAY  # of answers that only look as if there were no such voice


class RemovalService:
    work = Work.REMOVAL

    def __init__(
        self, store: RemovalStore, fish_audio: FishAudio, alerts: AlertService, clock: Clock, *, wakeups: Wakeups
    ) -> None:
        self._store = store
        self._fish_audio = fish_audio
        self._alerts = alerts
        self._clock = clock
        self._pool = WorkerPool(AT_ONCE, lambda: wakeups.wake([Work.REMOVAL]), clock)

    async def add(self, voice_id: str, fish_ids: list[str]) -> None:
        """Queue voices for deletion that Fish Audio has and no row here stands for."""
        await self._store.add(voice_id, fish_ids, now=self._clock.now())

    async def turn(self) -> None:
        """Begin with the removals that are due, as many as the pool has room for. One that hangs delays no other."""
        if not self._pool.free:
            return
        now = self._clock.now()
        for removal in await self._store.claim(now=now, until=now + CLAIM, most=self._pool.free):
            self._pool.start(removal.id, self._work_on(removal))

    async def next_due(self) -> int | None:
        return await self._store.next_due() if self._pool.free else None

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def try_all_now(self) -> None:
        await self._store.try_all_now(self._clock.now())

    async def _work_on(self, removal: Removal) -> None:
        with keep_going("could not remove a voice upstream", removal_id=removal.id):
            async with holding_claim(lambda until: self._store.keep_claim(removal, until), self._clock):
                await self._remove(removal)

    async def _remove(self, removal: Removal) -> None:
        try:
            if removal.fish_id is not None:
                await self._fish_audio.delete_voice(removal.fish_id)
                await self._store.finish(removal)
            elif removal.tag is not None:
                await self._look_for(removal, removal.tag)
        except (LooksMissing, VoiceGone) as error:  # the second: it belongs to another account, at this moment
            if await self._is_believable(removal):
                log.warning("voice upstream counts as gone after a day of unusual answers", removal_id=removal.id)
                await self._store.finish(removal)
            else:
                await self._failed(removal, error)
        except FishAudioError as error:
            await self._failed(removal, error)

    async def _is_believable(self, removal: Removal) -> bool:
        """Return whether nothing else was answered for a day, and Fish Audio answers other questions as it should."""
        if removal.missing_since is None or self._clock.now() < removal.missing_since + BELIEVED_AFTER:
            return False
        try:
            await self._fish_audio.credit()
        except FishAudioError:
            return False
        return True

    async def _failed(self, removal: Removal, error: FishAudioError) -> None:
        now, delay = self._clock.now(), delay_after(error, earlier_pause=removal.pause)
        await self._alerts.raise_for(delay)
        if removal.failing_since is not None and now >= removal.failing_since + ALERTED_AFTER:
            await self._alerts.raise_(Blocker.REMOVAL)
        await self._store.fail(
            removal,
            now=now,
            pause=delay.pause,
            next_attempt_at=now + delay.pause,
            looks_missing=isinstance(error, LooksMissing | VoiceGone),
        )

    async def _look_for(self, removal: Removal, tag: str) -> None:
        """Queue every voice with the tag for deletion, and look again until no more can appear."""
        strays = await self._fish_audio.voices_tagged(tag)
        if strays:
            log.info("stray voices found upstream", count=len(strays))
            await self.add(removal.voice_id, [stray.fish_id for stray in strays])
        now = self._clock.now()
        if now >= (removal.look_until or 0):
            await self._store.finish(removal)
            return
        pause = 2 * removal.pause or FIRST_LOOK_AGAIN
        await self._store.put_off(removal, pause=pause, next_attempt_at=min(now + pause, removal.look_until or now))
