"""Changes a voice from training to trained or failed when Fish Audio has answered about it."""

import structlog

from bot.clock import HOUR, MINUTE, SECOND, Clock
from bot.errors import UserError
from bot.models.voices import FishVoice, Voice, VoiceState
from bot.services.common.ownership import owned
from bot.services.common.wording import plain, quoted, sample_not_used, sentence
from bot.services.servers.guards import Guards
from bot.services.voices.removals import STRAY_WINDOW
from bot.storage.common.samples import SAMPLE_KEPT
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore

log = structlog.get_logger(__name__)

OUT_OF_TIME = f"Fish Audio did not take the sample within {SAMPLE_KEPT // HOUR} hours, which is as long as I keep it."


class NotRetryable(UserError):
    """The voice has not failed, or its sample is deleted; the sentence says which."""


class TrainingService:
    def __init__(
        self,
        store: TrainingStore,
        voices: VoiceStore,
        guards: Guards,
        clock: Clock,
        *,
        interval: int,
        timeout_seconds: float,
    ) -> None:
        self._store = store
        self._voices = voices
        self._guards = guards
        self._clock = clock
        self._interval = interval
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
            next_attempt_at=now + self._interval,
        )
        if begun:
            training = await self._voices.by_id(voice.id)
            if training is not None and training.state is VoiceState.TRAINING:
                await self.take_in(training, made)
        return begun

    async def fail(self, voice: Voice, reason: str, *, for_good: bool = False) -> bool:
        """Mark a voice as failed and have its owner told. Returns False if its state has changed meanwhile.

        `for_good` deletes the sample too, so that it is neither tried again nor imitated.
        """
        now = self._clock.now()
        failed = await self._store.fail(
            voice,
            sentence(reason),
            now=now,
            news=_failed(voice, reason),
            end_of_update=_end_of_update(voice, reason),
            for_good=for_good,
        )
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
            voice,
            sentence(reason),
            now=now,
            look_until=now + STRAY_WINDOW,
            news=_failed(voice, reason),
            end_of_update=_end_of_update(voice, reason),
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

    async def take_in(self, voice: Voice, answer: FishVoice) -> None:
        """Act on what Fish Audio says of a training; a state that we do not know counts as training."""
        if answer.taken_down:
            await self.fail(voice, "Fish Audio has taken this voice down.", for_good=True)
        elif answer.state == "trained":
            if await self._store.finish(voice.id, now=self._clock.now()):
                log.info("voice trained", voice_id=voice.id)
        elif answer.state == "failed":
            reason = "Fish Audio could not make a voice from this sample"
            await self.fail(voice, f"{reason}: {answer.quality_reason}" if answer.quality_reason else reason)
        elif self.is_over_time(voice.since):
            await self.time_out(voice)

    def is_over_time(self, since: int) -> bool:
        return self._clock.now() >= since + self._timeout

    async def time_out(self, voice: Voice) -> None:
        minutes, seconds = self._timeout / MINUTE, self._timeout / SECOND
        limit = f"{minutes:g} minutes" if minutes >= 1 else f"{seconds:g} seconds"
        await self.fail(voice, f"The training timed out: Fish Audio had not finished it after {limit}.")


def _end_of_update(voice: Voice, reason: str) -> str | None:
    """Return what the owner is told of a new sample that cannot be used; None if the voice is none."""
    return None if voice.replaces is None else sample_not_used(voice.name, sentence(reason))


def _failed(voice: Voice, reason: str) -> str:
    if voice.replaces is not None:
        return (
            f"The new sample of {quoted(voice.name)}, your voice, made by {plain(voice.owner_name)}, can't be used, so "
            f"the voice stays as it is. {plain(sentence(reason))}"
        )
    what = "does not work any more" if voice.state is VoiceState.TRAINED else "could not be made"
    return f"{quoted(voice.name)}, your voice, made by {plain(voice.owner_name)}, {what}. {plain(sentence(reason))}"
