"""`/v1/asr`: writes down what a recording of the sandbox says."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from aiohttp import web

from sandbox.faults import Recorder
from sandbox.fish_audio.account import Account
from sandbox.fish_audio.answers import bad_value
from sandbox.fish_audio.fields import Upload, from_body
from sandbox.sound import NotAudioError, Sound
from sandbox.speech import text_of_sample

_LARGEST = 20_000_000  # bytes
_SHORTEST, _LONGEST = 1, 60 * 60  # seconds


class TranscriptionEndpoint:
    """The handler; `text_of_speech` returns the text of a sound that the stand-in has made."""

    def __init__(self, recorder: Recorder, account: Account, text_of_speech: Callable[[bytes], str | None]) -> None:
        self._recorder = recorder
        self._account = account
        self._text_of_speech = text_of_speech
        self.ordered: deque[str] = deque()  # what the next recordings are said to say, whatever they are

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.post("/v1/asr", self.transcribe),)

    async def transcribe(self, request: web.Request) -> web.Response:
        body = self._recorder.body(request)
        if body.content_type not in ("multipart/form-data", "application/msgpack"):
            raise bad_value(f"Unsupported content type {body.content_type}")
        fields = from_body(body)
        audios = fields.uploads("audio", required=True)
        fields.text("language")
        without_timestamps = fields.switch("ignore_timestamps", default=True)
        if fields.problems:
            raise bad_value(f"{fields.problems[0]['loc'][0]}: {fields.problems[0]['msg']}")
        for name in fields.unknown:
            self._recorder.surprises.append(f"POST /v1/asr: unknown field {name!r}")
        seconds = await asyncio.to_thread(_length, audios)
        self._account.charge(self._account.price_of_hearing(seconds))
        text = self._text(audios[0].data, seconds)
        segments = [] if without_timestamps else [{"text": text, "start": 0.0, "end": seconds}]
        return web.json_response(
            {
                "text": text,
                "duration": seconds,
                "segments": segments,
                "language_code": "en",
                "language": "English",
            }
        )

    def _text(self, audio: bytes, seconds: float) -> str:
        if self.ordered:
            return self.ordered.popleft()
        known = text_of_sample(audio) or self._text_of_speech(audio)
        return known or f"A recording of {seconds:.0f} seconds."


def _length(audios: list[Upload]) -> float:
    """Return the seconds of the one recording. Raises RefusalError for several, and outside the limits."""
    if len(audios) != 1:
        raise bad_value("Exactly one audio file is expected")
    if len(audios[0].data) > _LARGEST:
        raise bad_value("The audio file must not be larger than 20 MB")
    try:
        seconds = Sound.decode(audios[0].data).seconds
    except NotAudioError as error:
        raise bad_value("The audio file cannot be decoded") from error
    if not _SHORTEST <= seconds <= _LONGEST:
        raise bad_value("The audio must be between 1 second and 60 minutes long")
    return seconds
