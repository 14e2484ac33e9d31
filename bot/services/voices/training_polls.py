"""Asks Fish Audio about everything in training: by the page, once per interval, however many voices there are."""

import asyncio
import random
from collections.abc import Collection, Iterable
from math import ceil

from bot.clock import MINUTE, SECOND, Clock
from bot.errors import FishAudioError, VoiceGone
from bot.fish_audio.client import PAGE_SIZE, FishAudio
from bot.models.common import Work
from bot.models.voices import FishVoice, PendingTraining, Voice, VoiceState
from bot.services.common.alerts import AlertService
from bot.services.common.background import keep_going
from bot.services.common.backoff import Delay, delay_after
from bot.services.voices.training import TrainingService
from bot.storage.voices.training import TrainingStore
from bot.storage.voices.voices import VoiceStore

LONGEST_INTERVAL = MINUTE

# At most five pages a second on average: with more voices in training than fit into those, the interval grows.
PAGE_PAUSE = SECOND // 5

# So many voices that are missing from the pages are asked about one by one in a turn, chosen at random.
MOST_SINGLY = 20

# A page, or all single requests together, take at most half a minute (`fish_audio` gives each read 30 seconds).
CLAIM, CLAIM_PER_PAGE = MINUTE, SECOND


def interval_of(poll_seconds: float) -> int:
    """Return how many milliseconds there are between two questions about a training."""
    return min(int(poll_seconds * SECOND), LONGEST_INTERVAL)


class TrainingPolls:
    """The worker that follows trainings."""

    work = Work.TRAINING

    def __init__(
        self,
        store: TrainingStore,
        voices: VoiceStore,
        trainings: TrainingService,
        fish_audio: FishAudio,
        alerts: AlertService,
        clock: Clock,
        *,
        interval: int,
    ) -> None:
        self._store = store
        self._voices = voices
        self._trainings = trainings
        self._fish_audio = fish_audio
        self._alerts = alerts
        self._clock = clock
        self._interval = interval
        self._last_pages = 1
        self._missing: set[str] = set()  # voices that Fish Audio denied to have, when it was asked last

    async def turn(self) -> None:
        """Ask about all trainings that are due within the next interval, if one is due now."""
        began = self._clock.now()
        claim = began + CLAIM + CLAIM_PER_PAGE * self._last_pages
        pending = await self._store.claim_trainings(now=began, due_before=began + self._interval, until=claim)
        if not pending:
            return
        self._last_pages = pages = ceil(len(pending) / PAGE_SIZE)
        waiting = {training.fish_id: training for training in pending}
        delay = Delay(max(self._interval, PAGE_PAUSE * pages))
        try:
            if len(waiting) > 1:
                await self._read_pages(waiting, most=pages + 1)
                await self._ask_singly(self._chosen(waiting.values()))
            else:
                await self._ask(pending[0])
        except FishAudioError as error:
            delay = delay_after(error, earlier_pause=self._interval)
            await self._alerts.raise_for(delay)
            if delay.blocker is None:
                await self._end_overdue(waiting.values())
            began = self._clock.now()
        await self._store.put_off_claimed(claim, next_attempt_at=began + delay.pause, blocker=delay.blocker)

    async def next_due(self) -> int | None:
        return await self._store.next_due(VoiceState.TRAINING)

    async def try_all_now(self) -> None:
        """Ask about every training at once; for a start."""
        await self._store.try_all_now(self._clock.now())

    async def _read_pages(self, waiting: dict[str, PendingTraining], *, most: int) -> None:
        """Read pages until all voices were on one, and take those found out of `waiting`.

        After `most` pages, read on only as long as a page spares several single requests.
        """
        number, found = 0, list[FishVoice]()
        while waiting and (number < most or len(found) > 1):
            number += 1
            listed = await self._fish_audio.newest_voices(number)
            found = [voice for voice in listed if voice.fish_id in waiting]
            await asyncio.gather(*(self._take_in(waiting.pop(voice.fish_id), voice) for voice in found))
            if len(listed) < PAGE_SIZE:
                return

    def _chosen(self, missing: Collection[PendingTraining]) -> list[PendingTraining]:
        """Choose which voices to ask about one by one: those whose time is up first."""
        shuffled = random.sample(list(missing), len(missing))
        shuffled.sort(key=lambda training: not self._trainings.is_over_time(training.since))
        return shuffled[:MOST_SINGLY]

    async def _ask_singly(self, missing: Iterable[PendingTraining]) -> None:
        async def ask(training: PendingTraining) -> None:
            try:
                await self._ask(training)
            except FishAudioError:  # the page was answered: the trouble may be with this voice alone
                await self._end_overdue([training])

        await asyncio.gather(*map(ask, missing))

    async def _ask(self, training: PendingTraining) -> None:
        """Ask about one voice. Raises FishAudioError without an answer.

        One that is missing is asked about once more, at the next turn: a new voice may be known late.
        """
        try:
            answer = await self._fish_audio.voice(training.fish_id)
        except VoiceGone:
            if training.voice_id not in self._missing:
                self._missing.add(training.voice_id)
                return
            with keep_going("could not end a training", voice_id=training.voice_id):
                if (voice := await self._in_training(training)) is not None:
                    await self._trainings.fail(voice, "Fish Audio no longer has this voice.")
        else:
            await self._take_in(training, answer)
        self._missing.discard(training.voice_id)

    async def _take_in(self, training: PendingTraining, answer: FishVoice) -> None:
        """Act on an answer. Most say that the training goes on, and need no look into the database."""
        is_over = answer.taken_down or answer.state in {"trained", "failed"}
        if is_over or self._trainings.is_over_time(training.since):
            with keep_going("could not follow training", voice_id=training.voice_id):
                if (voice := await self._in_training(training)) is not None:
                    await self._trainings.take_in(voice, answer)

    async def _end_overdue(self, unanswered: Iterable[PendingTraining]) -> None:
        """End those whose time is up though Fish Audio does not answer."""
        for training in unanswered:
            if self._trainings.is_over_time(training.since):
                with keep_going("could not end a training", voice_id=training.voice_id):
                    if (voice := await self._in_training(training)) is not None:
                        await self._trainings.time_out(voice)

    async def _in_training(self, training: PendingTraining) -> Voice | None:
        """Read the voice again. Returns None if it is in training no more."""
        voice = await self._voices.by_id(training.voice_id)
        return voice if voice is not None and voice.state is VoiceState.TRAINING else None
