"""Asks Fish Audio about each training until the voice is trained, has failed or is out of time."""

import asyncio

import structlog

from bot.clock import HOUR, MINUTE, SECOND, Clock
from bot.errors import FishAudioError, UserError, VoiceGone
from bot.fish_audio.client import FishAudio
from bot.models import FishVoice, Voice, VoiceState, Work
from bot.services.common.alerts import AlertService
from bot.services.common.background import keep_going
from bot.services.common.backoff import delay_after
from bot.services.common.ownership import owned
from bot.services.common.wording import plain, quoted, sentence
from bot.services.servers.guards import Guards
from bot.services.voices.removals import STRAY_WINDOW
from bot.storage.common.samples import SAMPLE_KEPT
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore

log = structlog.get_logger(__name__)

GROWTH = 1.5
LONGEST_POLL = MINUTE

# One page and the single requests after it take at most this long (`fish_audio` gives each read 30 seconds).
POLL_CLAIM = 60 * SECOND
MOST_AT_ONCE = 100  # the largest page that Fish Audio gives

OUT_OF_TIME = f"Fish Audio did not take the sample within {SAMPLE_KEPT // HOUR} hours, which is as long as I keep it."


class NotRetryable(UserError):
    """The voice has not failed, or its sample is deleted; the sentence says which."""


class TrainingService:
    work = Work.TRAINING

    def __init__(
        self,
        store: TrainingStore,
        voices: VoiceStore,
        fish_audio: FishAudio,
        guards: Guards,
        alerts: AlertService,
        clock: Clock,
        *,
        poll_seconds: float,
        timeout_seconds: float,
    ) -> None:
        self._store = store
        self._voices = voices
        self._fish_audio = fish_audio
        self._guards = guards
        self._alerts = alerts
        self._clock = clock
        self._first_poll = int(poll_seconds * SECOND)
        self._timeout = int(timeout_seconds * SECOND)

    async def begin(self, voice: Voice, tag: str, made: FishVoice) -> bool:
        """Record that Fish Audio has made the voice. Returns False if nobody wants it any more.

        The voice may be trained already. Raises FishIdTaken if the answer has the id of another voice.
        """
        now = self._clock.now()
        begun = await self._store.begin_training(
            voice.id,
            tag,
            fish_id=made.fish_id,
            now=now,
            pause=self._first_poll,
            next_attempt_at=now + self._first_poll,
        )
        if begun:
            training = await self._voices.by_id(voice.id)
            if training is not None and training.state is VoiceState.TRAINING:
                await self._take_in(training, made, pause=self._first_poll)
        return begun

    async def turn(self) -> None:
        """Ask about every training that is due: with one page for several, and singly for those not on the page."""
        now = self._clock.now()
        due = await self._store.claim(VoiceState.TRAINING, now=now, until=now + POLL_CLAIM, most=MOST_AT_ONCE)
        if len(due) < 2:
            await self._follow(due, {})
            return
        try:
            listed = {answer.fish_id: answer for answer in await self._fish_audio.newest_voices()}
        except FishAudioError as error:
            for voice in due:
                with keep_going("could not put off training", voice_id=voice.id):
                    await self._unanswered(voice, error)
        else:
            await self._follow(due, listed)

    async def next_due(self) -> int | None:
        return await self._store.next_due(VoiceState.TRAINING)

    async def try_all_now(self) -> None:
        """Make due what was held up or waits for its next question; called at start."""
        await self._store.try_all_now(self._clock.now())

    async def fail(self, voice: Voice, reason: str) -> bool:
        """Mark a voice as failed and have its owner told. Returns False if its state has changed meanwhile."""
        now = self._clock.now()
        failed = await self._store.fail(voice, sentence(reason), now=now, news=_failed(voice, reason))
        if failed:
            log.info("voice failed", voice_id=voice.id)
        return failed

    async def end_out_of_time(self) -> None:
        """Give up voices that have waited for Fish Audio longer than their samples may be kept."""
        now = self._clock.now()
        for voice in await self._store.out_of_time(now):
            await self.give_up(voice, OUT_OF_TIME)

    async def give_up(self, voice: Voice, reason: str) -> None:
        """End a queued voice whose sample can't be used any more, and have its owner told."""
        now = self._clock.now()
        if await self._store.give_up(
            voice, sentence(reason), now=now, look_until=now + STRAY_WINDOW, news=_failed(voice, reason)
        ):
            log.info("voice given up", voice_id=voice.id)

    async def retry(self, voice_id: str, member_id: int) -> Voice:
        """Queue a failed voice again; its consent still holds. Raises NotYours or NotRetryable."""
        voice = owned(await self._voices.by_id(voice_id), member_id)
        now = self._clock.now()
        guard = self._guards.using(member_id, guild_id=voice.guild_id, since=now)
        if await self._store.retry(voice.id, guard=guard, now=now):
            return voice
        voice = owned(await self._voices.by_id(voice_id), member_id)  # another click may have come first
        if voice.state in {VoiceState.QUEUED, VoiceState.TRAINING}:
            raise NotRetryable(f"{quoted(voice.name)} is training again already; you will be told how it ends.")
        if voice.state is VoiceState.TRAINED:
            raise NotRetryable(f"{quoted(voice.name)} is trained; there is nothing to retry.")
        raise NotRetryable(
            f"The sample of {quoted(voice.name)} is no longer kept. Delete the voice and use `/voice create` again."
        )

    async def _follow(self, due: list[Voice], listed: dict[str, FishVoice]) -> None:
        await asyncio.gather(*(self._follow_one(voice, listed.get(voice.fish_id or "")) for voice in due))

    async def _follow_one(self, voice: Voice, listed: FishVoice | None) -> None:
        with keep_going("could not follow training", voice_id=voice.id):
            try:
                answer = listed or await self._fish_audio.voice(voice.fish_id or "")
            except VoiceGone:
                await self.fail(voice, "Fish Audio no longer has this voice.")
            except FishAudioError as error:
                await self._unanswered(voice, error)
            else:
                await self._take_in(voice, answer, pause=min(int(voice.pause * GROWTH), LONGEST_POLL))

    async def _unanswered(self, voice: Voice, error: FishAudioError) -> None:
        """Plan the next question, or end the training if its time is up and the host is not to blame."""
        delay = delay_after(error, earlier_pause=voice.pause)
        await self._alerts.raise_for(delay)
        if delay.blocker is None and self._is_over_time(voice):
            await self._time_out(voice)
            return
        await self._store.put_off(
            voice, next_attempt_at=self._clock.now() + delay.pause, pause=voice.pause, blocker=delay.blocker
        )

    async def _take_in(self, voice: Voice, answer: FishVoice, *, pause: int) -> None:
        """Act on what Fish Audio says about a training. An unknown state counts as training."""
        if answer.taken_down:
            await self.fail(voice, "Fish Audio has taken this voice down.")
        elif answer.state == "trained":
            if await self._store.finish(voice.id, now=self._clock.now()):
                log.info("voice trained", voice_id=voice.id)
        elif answer.state == "failed":
            reason = "Fish Audio could not make a voice from this sample"
            await self.fail(voice, f"{reason}: {answer.quality_reason}" if answer.quality_reason else reason)
        elif self._is_over_time(voice):
            await self._time_out(voice)
        else:
            now = self._clock.now()
            ends_at = max(voice.since + self._timeout, now + SECOND)
            await self._store.put_off(voice, next_attempt_at=min(now + pause, ends_at), pause=pause)

    def _is_over_time(self, voice: Voice) -> bool:
        return self._clock.now() >= voice.since + self._timeout

    async def _time_out(self, voice: Voice) -> None:
        minutes, seconds = self._timeout / MINUTE, self._timeout / SECOND
        limit = f"{minutes:g} minutes" if minutes >= 1 else f"{seconds:g} seconds"
        await self.fail(voice, f"The training timed out: Fish Audio had not finished it after {limit}.")


def _failed(voice: Voice, reason: str) -> str:
    what = "does not work any more" if voice.state is VoiceState.TRAINED else "could not be made"
    return f"{quoted(voice.name)}, your voice, made by {plain(voice.owner_name)}, {what}. {plain(sentence(reason))}"
