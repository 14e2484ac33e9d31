"""The stand-in for Fish Audio, with what tests, the demo and the page look at and change."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Literal

from aiohttp import web

from sandbox.changes import Changes
from sandbox.faults import Headers, Recorder
from sandbox.fish_audio.account import Account
from sandbox.fish_audio.answers import error_body
from sandbox.fish_audio.endpoints.model import ModelEndpoint
from sandbox.fish_audio.endpoints.speech import SpeechEndpoint
from sandbox.fish_audio.endpoints.transcription import TranscriptionEndpoint
from sandbox.fish_audio.endpoints.wallet import WalletEndpoint
from sandbox.fish_audio.server import Admission, serving
from sandbox.fish_audio.speech.mpeg import SILENT_FRAME, frames
from sandbox.fish_audio.speech.synthesis import Spoken
from sandbox.fish_audio.training import Pace, TrainingOutcome, Trainings
from sandbox.fish_audio.voices import ME, OPTIONAL, SOMEBODY_ELSE, Voice, VoiceLibrary

_PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class FishAudio(Recorder):
    """A local Fish Audio with one account. Open it with `async with FishAudio.open() as fish`."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.url = ""
        self.account = account
        self.spoken: list[Spoken] = []
        self._changes = Changes()
        self._library = VoiceLibrary(self._changes.announce)
        self._trainings = Trainings(self._library)
        self._transcription = TranscriptionEndpoint(self, account, self._text_spoken_in)
        self._speech = SpeechEndpoint(self, self._library, account, self.spoken.append)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        port: int = 0,
        key: str = "fish-key-of-the-sandbox",
        credit: Decimal = Decimal(10),
        concurrency: int = 5,
        voices: Iterable[Voice] = (),
    ) -> AsyncGenerator["FishAudio"]:
        """Listen until the block is left. `credit` is in USD, `concurrency` limits all requests in flight together.

        Port 0 is any free port. `voices` are those of an earlier time; those in training then are trained by now.
        """
        fish = cls(Account(key=key, credit=credit, concurrency=concurrency))
        for voice in voices:
            fish._library.add(voice)
            if voice.pending:
                voice.state = "trained"
        async with serving(fish._admission(), fish._routes(), port) as fish.url:
            try:
                yield fish
            finally:
                fish._trainings.close()
                fish.release_all()

    # What is there

    @property
    def key(self) -> str:
        return self.account.key

    @property
    def credit(self) -> Decimal:
        """The credit that is left, in USD."""
        return self.account.credit

    @credit.setter
    def credit(self, credit: Decimal) -> None:
        self.account.credit = credit

    @property
    def most_at_once(self) -> int:
        """The highest number of requests that were ever in flight together."""
        return self.account.most_at_once

    @property
    def voices(self) -> list[Voice]:
        """The account's own voices that exist now, oldest first."""
        return [voice for voice in self._library if voice.owner == ME]

    @property
    def deleted(self) -> list[Voice]:
        return self._library.deleted

    def voice(self, title: str) -> Voice:
        """Return the newest own voice of that title. Raises LookupError if there is none."""
        found = [voice for voice in self.voices if voice.title == title]
        if not found:
            titles = ", ".join(repr(voice.title) for voice in self.voices) or "none at all"
            raise LookupError(f"Fish Audio has no voice {title!r}; it has {titles}")
        return found[-1]

    def made(self, audio: bytes, *, text: str, voice: str | None = None) -> bool:
        """Return whether this MP3, without its tags, was spoken for `text` in the voice of that title or id."""
        heard = frames(audio)
        return bool(heard) and any(
            spoken.text == text
            and (voice is None or voice in (*spoken.titles, *spoken.voice_ids))
            and frames(spoken.audio) == heard
            for spoken in self.spoken
        )

    async def until(self, condition: Callable[[], object], *, within: float = 30) -> None:
        """Wait until `condition()` is true. Raises TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            await self._changes.until(lambda: condition() or None)

    # How trainings go

    @property
    def trains(self) -> Pace:
        """The pace of trainings. `at once`: the 201 says `trained`. `slowly`: they train until something ends them."""
        return self._trainings.pace

    @trains.setter
    def trains(self, pace: Pace) -> None:
        self._trainings.pace, self._trainings.reads, self._trainings.seconds = pace, None, None

    def trains_after(self, *, reads: int) -> None:
        """Show `trained` from this number of reads on, by id or in lists."""
        self._trainings.pace, self._trainings.reads, self._trainings.seconds = "slowly", reads, None

    def trains_in(self, *, seconds: float) -> None:
        self._trainings.pace, self._trainings.reads, self._trainings.seconds = "slowly", None, seconds

    def gets_stuck(self, times: int = 1) -> None:
        """Let the next trainings never end by themselves."""
        self._trainings.stuck += times

    def fails_next_training(self, *, reason: str = "The audio quality is too low") -> None:
        """End the next training that begins as `failed`, whatever its title, when it would have been trained."""
        self._trainings.next_failure = reason

    @property
    def next_training_outcome(self) -> Literal["success", "failure", "standstill"]:
        """The outcome of the next training, unless one is set for its title."""
        if self._trainings.stuck:
            return "standstill"
        return "failure" if self._trainings.next_failure is not None else "success"

    def lets_next_training_succeed(self) -> None:
        """Take back `gets_stuck` and `fails_next_training`."""
        self._trainings.stuck, self._trainings.next_failure = 0, None

    def finishes_training(self, title: str) -> None:
        """End the training of that title, now or as soon as there is one."""
        self._trainings.end(title, TrainingOutcome())

    def fails_training(self, title: str, *, reason: str = "The audio quality is too low") -> None:
        """End the training of that title as `failed`, with `reason` in `quality.audios[].quality_reason`."""
        self._trainings.end(title, TrainingOutcome(failure=reason))

    def says_state(self, title: str, state: str) -> None:
        """Show any state, also one that nobody has documented."""
        self._change(title, state=state)

    def takes_down(self, title: str) -> None:
        """Keep the voice and refuse to speak in it, as after a copyright complaint."""
        self._change(title, dmca_taken_down=True)

    def removes(self, title: str) -> None:
        """Delete the voice as its owner would on the web site."""
        self._library.remove(self.voice(title))

    def adds_voice(
        self, title: str, *, mine: bool = True, visibility: str = "private", tags: Collection[str] = ()
    ) -> Voice:
        """Add a trained voice, of this account or of somebody else."""
        owner = ME if mine else SOMEBODY_ELSE
        voice = Voice(title=title, owner=owner, visibility=visibility, tags=list(tags), state="trained")
        self._library.add(voice)
        return voice

    # How it speaks

    def speaks_ready_made(self, sounds: Callable[[str], Awaitable[bytes]]) -> None:
        """Answer with the MP3 that `sounds` gives for a text, when it gives it, instead of having it spoken."""
        self._speech.ready_made = sounds

    # How transcriptions go

    def hears(self, text: str, *, times: int = 1) -> None:
        """Transcribe the next recordings as `text`; later ones as what they say, if that is known."""
        self._transcription.ordered.extend([text] * times)

    @property
    def queued_transcripts(self) -> tuple[str, ...]:
        """The texts of `hears` that no recording has used yet."""
        return tuple(self._transcription.ordered)

    # What goes wrong

    def usual_error(self, status: int, code: int, message: str, headers: Headers) -> tuple[Any, Headers]:  # noqa: ARG002 - Fish Audio has no codes
        return error_body(status, message), headers

    def hangs_up_after(self, method: str, path_pattern: str, *, times: int = 1) -> None:
        """Do what is asked, and drop the connection instead of answering."""
        self.fails(method, path_pattern, times=times, after_work=True, hang_up=True)

    def breaks_behind_its_proxy(self, method: str, path_pattern: str, *, times: int = 1) -> None:
        """Do nothing and answer 502 with a page of HTML."""
        headers = {"Content-Type": "text/html"}
        self.fails(method, path_pattern, status=502, body=_PROXY_PAGE, headers=headers, times=times)

    def garbles_creations(self, *, times: int = 1) -> None:
        """Create the voice and answer 201 with JSON that breaks off."""
        headers = {"Content-Type": "application/json"}
        self.fails("POST", "/model", status=201, body=b'{"_id": "', headers=headers, times=times, after_work=True)

    def sends_no_sound(self, *, times: int = 1, body: object = SILENT_FRAME) -> None:
        """Answer 200 with `body` instead of speech: silence, nothing (b""), or JSON; nothing is charged."""
        headers = {"Content-Type": "audio/mpeg"} if isinstance(body, bytes) else {}
        self.fails("POST", "/v1/tts", status=200, body=body, headers=headers, times=times)

    def is_busy(self, *, times: int = 1, retry_after: float | None = None) -> None:
        """Answer 429 to any request; `retry_after` in seconds."""
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        self.fails("*", "*", status=429, headers=headers, times=times)

    def lists_lag(self, *, reads: int) -> None:
        """Leave each new voice out of the next `reads` lists; reading it by id works."""
        self._library.list_lag = reads

    def shows_voices(self, *, leaving_out: Collection[str] = (), **instead: object) -> None:
        """Leave optional fields out of every voice, or give other values, like `train_mode="full"`."""
        required = set(leaving_out) - set(OPTIONAL)
        if required:
            raise ValueError(f"Fish Audio never leaves out {', '.join(sorted(required))}")
        self._library.left_out, self._library.said_instead = leaving_out, instead

    def _change(self, title: str, **values: object) -> None:
        voice = self.voice(title)
        for name, value in values.items():
            setattr(voice, name, value)
        self._library.touch(voice)

    def _admission(self) -> Admission:
        return Admission(self.account, self, self._changes.announce)

    def _routes(self) -> list[web.RouteDef]:
        endpoints = (
            ModelEndpoint(self, self._library, self._trainings),
            self._speech,
            self._transcription,
            WalletEndpoint(self.account),
        )
        return [route for endpoint in endpoints for route in endpoint.routes()]

    def _text_spoken_in(self, audio: bytes) -> str | None:
        heard = frames(audio)
        return next((spoken.text for spoken in self.spoken if heard and frames(spoken.audio) == heard), None)
