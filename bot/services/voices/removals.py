"""Deletes voices at Fish Audio, and tries again until they are gone."""

import structlog

from bot.clock import MINUTE, SECOND, Clock
from bot.errors import FishAudioError, VoiceGone
from bot.fish_audio.client import FishAudio
from bot.models import Removal, Work
from bot.services.common.alerts import AlertService
from bot.services.common.background import keep_going
from bot.services.common.backoff import delay_after
from bot.storage.voices.removals import RemovalStore

log = structlog.get_logger(__name__)

# How long after an unanswered creation its voice may still appear at Fish Audio.
STRAY_WINDOW = 15 * MINUTE
FIRST_LOOK_AGAIN = 5 * SECOND

CLAIM = 60 * SECOND
MOST_AT_ONCE = 20


class RemovalService:
    work = Work.REMOVAL

    def __init__(self, store: RemovalStore, fish_audio: FishAudio, alerts: AlertService, clock: Clock) -> None:
        self._store = store
        self._fish_audio = fish_audio
        self._alerts = alerts
        self._clock = clock

    async def add(self, voice_id: str, fish_ids: list[str]) -> None:
        """Queue voices for deletion that Fish Audio has and no row here stands for."""
        await self._store.add(voice_id, fish_ids, now=self._clock.now())

    async def turn(self) -> None:
        now = self._clock.now()
        for removal in await self._store.claim(now=now, until=now + CLAIM, most=MOST_AT_ONCE):
            with keep_going("could not remove a voice upstream", removal_id=removal.id):
                await self._work_on(removal)

    async def next_due(self) -> int | None:
        return await self._store.next_due()

    async def try_all_now(self) -> None:
        await self._store.try_all_now(self._clock.now())

    async def _work_on(self, removal: Removal) -> None:
        try:
            if removal.fish_id is not None:
                await self._fish_audio.delete_voice(removal.fish_id)
                await self._store.finish(removal)
            elif removal.tag is not None:
                await self._look_for(removal, removal.tag)
        except VoiceGone:  # it belongs to another account
            log.warning("voice upstream is not ours", removal_id=removal.id)
            await self._store.finish(removal)
        except FishAudioError as error:
            delay = delay_after(error, earlier_pause=removal.pause)
            await self._alerts.raise_for(delay)
            await self._store.put_off(removal, pause=delay.pause, next_attempt_at=self._clock.now() + delay.pause)

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
