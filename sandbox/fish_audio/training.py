"""How voices get trained: at once, after some reads or seconds, when the test says so, or never."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from sandbox.fish_audio.voices import ME, Voice, VoiceLibrary

Pace = Literal["at once", "slowly"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a training ends; `failure` is the reason where it fails."""

    failure: str | None = None


class Trainings:
    """Moves voices through `created`, `training`, `trained` and `failed`.

    An ending that is told before its voice exists waits for the next voice of that title, which is then
    answered as `created` and reaches the ending at its first read.
    """

    def __init__(self, library: VoiceLibrary) -> None:
        self.pace: Pace = "at once"
        self.reads: int | None = None
        self.seconds: float | None = None
        self.stuck = 0  # trainings to come that never end by themselves
        self.next_failure: str | None = None  # the reason why the next one to begin will fail
        self._library = library
        self._foretold: dict[str, Ending] = {}
        self._clocks: list[asyncio.TimerHandle] = []

    def begin(self, voice: Voice) -> None:
        """Set the state that the answer to the creation shows."""
        if self.stuck:
            self.stuck -= 1
        elif voice.title in self._foretold:
            voice.reads_until_trained = 1
        else:
            ending, self.next_failure = Ending(self.next_failure), None
            self._follow_pace(voice, ending)

    def _follow_pace(self, voice: Voice, ending: Ending) -> None:
        if self.pace == "at once":
            self._end(voice, ending)
        elif self.seconds is not None:
            loop = asyncio.get_running_loop()
            self._clocks.append(loop.call_later(self.seconds, self._end, voice, ending))
        else:
            voice.reads_until_trained = self.reads
            if ending.failure is not None:
                self._foretold[voice.title] = ending

    def was_read(self, voice: Voice) -> None:
        """Take the next step before `voice` is shown."""
        if not voice.pending:
            return
        if voice.reads_until_trained is not None:
            voice.reads_until_trained -= 1
        if voice.reads_until_trained == 0:
            self._end(voice, self._foretold.pop(voice.title, Ending()))
        elif voice.state == "created":
            voice.state = "training"

    def end(self, title: str, ending: Ending) -> None:
        """End the oldest unfinished training of that title, now or when there is one."""
        for voice in self._library:
            if voice.owner == ME and voice.title == title and voice.pending:
                self._end(voice, ending)
                return
        self._foretold[title] = ending

    def close(self) -> None:
        for clock in self._clocks:
            clock.cancel()

    def _end(self, voice: Voice, ending: Ending) -> None:
        if not voice.pending:
            return
        voice.failure = ending.failure
        voice.state = "trained" if ending.failure is None else "failed"
        self._library.touch(voice)
