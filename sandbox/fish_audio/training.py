"""Trains voices: at once, after some reads or seconds, when a test says so, or never."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from sandbox.fish_audio.voices import ME, Voice, VoiceLibrary

Pace = Literal["at once", "slowly"]


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """How a training ends; `failure` is the reason if it fails."""

    failure: str | None = None


class Trainings:
    """Moves voices through `created`, `training`, `trained` and `failed`.

    An outcome may be set before its voice exists. The next voice of that title is then answered as `created` and
    reaches the outcome at its first read.
    """

    def __init__(self, library: VoiceLibrary) -> None:
        self.pace: Pace = "at once"
        self.reads: int | None = None
        self.seconds: float | None = None
        self.stuck = 0  # trainings to come that never end by themselves
        self.next_failure: str | None = None  # the reason why the next one to begin will fail
        self._library = library
        self._expected: dict[str, TrainingOutcome] = {}
        self._clocks: list[asyncio.TimerHandle] = []

    def begin(self, voice: Voice) -> None:
        """Set the state that the answer to the creation shows."""
        if self.stuck:
            self.stuck -= 1
        elif voice.title in self._expected:
            voice.reads_until_trained = 1
        else:
            outcome, self.next_failure = TrainingOutcome(self.next_failure), None
            self._follow_pace(voice, outcome)

    def _follow_pace(self, voice: Voice, outcome: TrainingOutcome) -> None:
        if self.pace == "at once":
            self._end(voice, outcome)
        elif self.seconds is not None:
            loop = asyncio.get_running_loop()
            self._clocks.append(loop.call_later(self.seconds, self._end, voice, outcome))
        else:
            voice.reads_until_trained = self.reads
            if outcome.failure is not None:
                self._expected[voice.title] = outcome

    def was_read(self, voice: Voice) -> None:
        """Take the next step before `voice` is shown."""
        if not voice.pending:
            return
        if voice.reads_until_trained is not None:
            voice.reads_until_trained -= 1
        if voice.reads_until_trained == 0:
            self._end(voice, self._expected.pop(voice.title, TrainingOutcome()))
        elif voice.state == "created":
            voice.state = "training"

    def end(self, title: str, outcome: TrainingOutcome) -> None:
        """End the oldest unfinished training of that title, now or when there is one."""
        for voice in self._library:
            if voice.owner == ME and voice.title == title and voice.pending:
                self._end(voice, outcome)
                return
        self._expected[title] = outcome

    def close(self) -> None:
        for clock in self._clocks:
            clock.cancel()

    def _end(self, voice: Voice, outcome: TrainingOutcome) -> None:
        if not voice.pending:
            return
        voice.failure = outcome.failure
        voice.state = "trained" if outcome.failure is None else "failed"
        self._library.touch(voice)
