"""Creates each voice once: after an unclear outcome it looks for the voice at Fish Audio before it sends again."""

import asyncio
from secrets import token_hex

import structlog

from bot.clock import SECOND, Clock
from bot.errors import Busy, CreditUsedUp, FishAudioError, KeyRefused, NotReached, Refused, Unclear
from bot.fish_audio.client import FishAudio
from bot.models.common import Work
from bot.models.samples import Sample
from bot.models.voices import FishVoice, Voice, VoiceState
from bot.services.common.alerts import AlertService
from bot.services.common.background import CLAIM, WorkerPool, holding_claim, keep_going
from bot.services.common.backoff import delay_after
from bot.services.consent.listenings import NoListeningLeft
from bot.services.consent.spoken_consent import SentenceMissing, SpokenConsent
from bot.services.sharing.allowed_servers import AllowedServers
from bot.services.voices.removals import STRAY_WINDOW, RemovalService
from bot.services.voices.training import TrainingService
from bot.storage.engine.wakeups import Wakeups
from bot.storage.voices.training import FishIdTaken, TrainingStore
from bot.storage.voices.voices import VoiceStore

log = structlog.get_logger(__name__)

# Fish Audio may list a new voice a little late, so a voice counts as missing only after this long.
SETTLING = 10 * SECOND
LOOK_AGAIN = 3 * SECOND

NOT_SERVED = "the bot's host no longer lets it be used in the server where you began this"

LONGEST_CREATION = 900.0  # seconds: two waits for a turn, a listening and an upload


class CreationService:
    work = Work.CREATION

    def __init__(
        self,
        store: TrainingStore,
        voices: VoiceStore,
        fish_audio: FishAudio,
        trainings: TrainingService,
        removals: RemovalService,
        alerts: AlertService,
        spoken_consent: SpokenConsent,
        allowed_servers: AllowedServers,
        clock: Clock,
        *,
        at_once: int,
        wakeups: Wakeups,
    ) -> None:
        self._store = store
        self._voices = voices
        self._fish_audio = fish_audio
        self._trainings = trainings
        self._removals = removals
        self._alerts = alerts
        self._spoken_consent = spoken_consent
        self._allowed_servers = allowed_servers
        self._clock = clock
        self._pool = WorkerPool(at_once, lambda: wakeups.wake([Work.CREATION]), clock, longest_job=LONGEST_CREATION)

    async def turn(self) -> None:
        """Start work on the queued voices that are due, as many as the pool has room for."""
        if not self._pool.free:
            return
        now = self._clock.now()
        due = await self._store.claim(VoiceState.QUEUED, now=now, until=now + CLAIM, most=self._pool.free)
        for voice in due:
            self._pool.start(voice.id, self._work_on(voice))

    async def next_due(self) -> int | None:
        return await self._store.next_due(VoiceState.QUEUED) if self._pool.free else None

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _work_on(self, voice: Voice) -> None:
        with keep_going("could not create voice", voice_id=voice.id):
            async with holding_claim(lambda until: self._store.keep_claim(voice, until), self._clock):
                if voice.tag is None or await self._earlier_attempt_is_lost(voice, voice.tag):
                    await self._listen_and_attempt(voice)

    async def _earlier_attempt_is_lost(self, voice: Voice, tag: str) -> bool:
        """Look for the voice of an earlier attempt. Returns False if it was found or may still appear."""
        try:
            found = await self._fish_audio.voices_tagged(tag)
        except FishAudioError as error:
            await self._put_off(voice, error)
            return False
        if found:
            log.info("voice of an earlier attempt found", voice_id=voice.id)
            await self._made(voice, tag, found[0])
            await self._removals.add(voice.id, [stray.fish_id for stray in found[1:]])
            return False
        now, sent_at = self._clock.now(), voice.tag_sent_at or 0
        again_at = sent_at + max(SETTLING, voice.pause)
        if now < again_at:
            settled = now >= sent_at + SETTLING
            next_look = again_at if settled else min(now + LOOK_AGAIN, again_at)
            await self._store.put_off(voice, next_attempt_at=next_look, pause=voice.pause)
            return False
        return True

    async def _listen_and_attempt(self, voice: Voice) -> None:
        if not self._allowed_servers.serves(voice.guild_id):
            await self._trainings.fail(voice, NOT_SERVED)
            return
        sample = await self._voices.sample(voice.id)
        if sample is None:  # its owner deletes the voice at this moment
            return
        try:
            transcript = await self._spoken_consent.hear_out(
                voice, sample, is_wanted=lambda: self._store.is_queued(voice.id)
            )
        except SentenceMissing as missing:
            await self._trainings.give_up(voice, str(missing))
        except NoListeningLeft as limit:
            await self._trainings.fail(voice, limit.for_later)
        except Refused as refusal:
            await self._trainings.give_up(voice, f"Fish Audio could not listen to the recording: {refusal.reason}")
        except FishAudioError as error:
            await self._put_off(voice, error)
        else:
            await self._attempt(voice, sample, voice.transcript or transcript)

    async def _put_off(self, voice: Voice, error: FishAudioError) -> None:
        delay = delay_after(error, earlier_pause=voice.pause)
        await self._alerts.raise_for(delay)
        await self._store.put_off(
            voice, next_attempt_at=self._clock.now() + delay.pause, pause=delay.pause, blocker=delay.blocker
        )

    async def _attempt(self, voice: Voice, sample: Sample, transcript: str | None) -> None:
        tag = f"mynah-{token_hex(12)}"
        now = self._clock.now()
        if not await self._store.begin_attempt(voice, tag, now=now, look_until=now + STRAY_WINDOW):
            return
        try:
            made = await self._fish_audio.create_voice(
                title=voice.name,
                sample=sample,
                transcript=transcript if len(sample.clips) == 1 else None,  # Fish Audio wants one for each clip or none
                tag=tag,
                member_id=voice.owner_id,
                guild_id=voice.guild_id,
                is_wanted=lambda: self._store.is_queued(voice.id),
            )
        except Refused as refusal:
            await self._trainings.fail(voice, f"Fish Audio refused the sample: {refusal.reason}")
        except (KeyRefused, CreditUsedUp, Busy, NotReached) as error:  # nothing was made
            delay = delay_after(error, earlier_pause=voice.pause)
            await self._alerts.raise_for(delay)
            await self._store.end_attempt(
                voice.id,
                tag,
                next_attempt_at=self._clock.now() + delay.pause,
                pause=delay.pause,
                blocker=delay.blocker,
            )
        except FishAudioError as error:
            log.warning("outcome of a creation unclear", voice_id=voice.id, error=str(error))
            pause = delay_after(error, earlier_pause=voice.pause).pause
            await self._store.leave_attempt_open(voice.id, tag, now=self._clock.now(), pause=pause)
        except asyncio.CancelledError:
            await asyncio.shield(
                self._store.leave_attempt_open(voice.id, tag, now=self._clock.now(), pause=voice.pause)
            )
            raise
        else:
            await self._made(voice, tag, made)

    async def _made(self, voice: Voice, tag: str, made: FishVoice) -> None:
        """Begin the training of a voice that Fish Audio has made, or remove it there if nobody wants it any more.

        If the answer has the id of another voice, this voice is looked for by its tag later.
        """
        try:
            begun = await self._trainings.begin(voice, tag, made)
        except FishIdTaken:
            log.warning("creation answered with the id of another voice", voice_id=voice.id)
            await self._put_off(voice, Unclear("the id is taken"))
        else:
            if not begun:
                await self._removals.add(voice.id, [made.fish_id])
