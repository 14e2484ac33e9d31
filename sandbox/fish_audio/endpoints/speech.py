"""`/v1/tts`: checks a request as strictly as the documentation words it, and speaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from aiohttp import web

from sandbox.faults import Body, Recorder
from sandbox.fish_audio.account import DEFAULT_ENGINE, ENGINES, Account
from sandbox.fish_audio.answers import bad_value
from sandbox.fish_audio.fields import Fields, from_body
from sandbox.fish_audio.speech.encoding import CONTENT_TYPES, RATES
from sandbox.fish_audio.speech.synthesis import Delivery, Reference, Spoken, render, speakable, turns
from sandbox.fish_audio.voices import Voice, VoiceLibrary
from sandbox.sound import NotAudioError, Sound

_MP3_BITRATES = (64, 128, 192)  # kbit/s
_OPUS_BITRATES = (-1000, 24_000, 32_000, 48_000, 64_000)  # bit/s; kbit/s are refused since April 2026
_OWN_PITCH = 130.0  # Hz, of the engine when no voice is named
_LONGEST_REFERENCE = 30.0  # seconds; the documentation advises 10 to 30 and names no bound, so this one is ours
_CHUNK = 16 * 1024  # bytes sent at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    text: str
    voice_ids: tuple[str, ...]
    several: bool  # voices came as a list, so the text may change speakers
    references: tuple[Reference, ...]  # the first recording of each speaker, sent along
    delivery: Delivery
    parameters: dict[str, object]


class SpeechEndpoint:
    def __init__(
        self, recorder: Recorder, library: VoiceLibrary, account: Account, said: Callable[[Spoken], None]
    ) -> None:
        self._recorder = recorder
        self._library = library
        self._account = account
        self._said = said
        self.ready_made: Callable[[str], Awaitable[bytes]] | None = None

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.post("/v1/tts", self.speak),)

    async def speak(self, request: web.Request) -> web.Response:
        engine = self._engine(request)
        wanted = self._checked(self._recorder.body(request))
        if wanted.several and engine == "s1":
            raise bad_value("Multi-speaker synthesis is not supported by s1")
        voices = [self._voice(voice_id) for voice_id in wanted.voice_ids]
        make = await self._prepared(wanted, voices, engine)
        self._account.charge(self._account.price_of_speaking(wanted.text, engine))
        audio = await make()
        for voice in voices:
            voice.times_spoken += 1
        self._said(
            Spoken(
                text=wanted.text,
                voice_ids=wanted.voice_ids,
                titles=tuple(voice.title for voice in voices),
                engine=engine,
                parameters=wanted.parameters,
                references=wanted.references,
                audio=audio,
            )
        )
        # An iterator has no length, so the answer goes out in chunks as the live one does.
        return web.Response(body=_chunks(audio), content_type=CONTENT_TYPES[wanted.delivery.format])

    async def _prepared(
        self, wanted: SpeechRequest, voices: list[Voice], engine: str
    ) -> Callable[[], Awaitable[bytes]]:
        """Return a function that makes the sound. Raises RefusalError if the request is refused."""
        if self.ready_made is not None:
            return partial(self.ready_made, wanted.text)
        pitches = await asyncio.to_thread(_pitches, voices, wanted.references)
        return partial(asyncio.to_thread, render, _lines(wanted, pitches, engine), wanted.delivery)

    def _engine(self, request: web.Request) -> str:
        engine = request.headers.get("model", DEFAULT_ENGINE)
        if engine in ENGINES:
            return engine
        self._recorder.surprises.append(f"{engine!r} is no engine: {DEFAULT_ENGINE} spoke and was charged instead")
        return DEFAULT_ENGINE

    def _voice(self, voice_id: str) -> Voice:
        voice = self._library.speaking(voice_id)
        if voice is None:
            raise bad_value("Reference not found")
        return voice

    def _checked(self, body: Body) -> SpeechRequest:
        if body.content_type not in ("application/json", "application/msgpack"):
            raise bad_value(f"Unsupported content type {body.content_type}")
        fields = from_body(body)
        wanted = _read(fields)
        for name in fields.unknown:
            self._recorder.surprises.append(f"POST /v1/tts: unknown field {name!r}")
        if wanted.references and body.content_type == "application/json":
            fields.wrong("references", "Binary references require application/msgpack")
        if fields.problems:
            problem = fields.problems[0]
            raise bad_value(f"{problem['loc'][0]}: {problem['msg']}")
        if not wanted.text.strip():
            raise bad_value("text: Input should not be blank")
        return wanted


def _read(fields: Fields) -> SpeechRequest:
    voice_ids = fields.texts("reference_id")
    several = isinstance(fields.raw("reference_id"), list)
    delivery, sound = _delivery(fields)
    return SpeechRequest(
        text=fields.text("text", required=True),
        voice_ids=tuple(voice_ids or ()),
        several=several,
        references=_references(fields),
        delivery=delivery,
        parameters=sound | _generation(fields),
    )


def _delivery(fields: Fields) -> tuple[Delivery, dict[str, object]]:
    """Return how it should sound, and the fields that say so."""
    audio_format = fields.choice("format", tuple(RATES), "mp3")
    rate = fields.optional_integer("sample_rate")
    if rate is not None and rate not in RATES[audio_format]:
        fields.wrong("sample_rate", f"{audio_format} takes {RATES[audio_format]}")
    mp3_bitrate = fields.one_of("mp3_bitrate", _MP3_BITRATES, 128)
    opus_bitrate = fields.integer("opus_bitrate", -1000)
    if audio_format == "opus" and opus_bitrate not in _OPUS_BITRATES:  # with mp3 a leftover in kbit/s is tolerated
        fields.wrong("opus_bitrate", f"Input should be one of {_OPUS_BITRATES}")
    prosody = fields.inner("prosody") or Fields({}, where="body.prosody", spelled=False)
    speed = prosody.number("speed", 1.0, least=0.5, most=2.0)
    volume = prosody.number("volume", 0.0, least=-20.0, most=20.0)
    normalize_loudness = prosody.switch("normalize_loudness", default=True)
    bitrates = {"mp3": 1000 * mp3_bitrate, "opus": opus_bitrate if opus_bitrate > 0 else None}
    delivery = Delivery(speed, volume, audio_format, rate or RATES[audio_format][0], bitrates.get(audio_format))
    return delivery, {
        "format": audio_format,
        "sample_rate": rate,
        "mp3_bitrate": mp3_bitrate,
        "opus_bitrate": opus_bitrate,
        "speed": speed,
        "volume": volume,
        "normalize_loudness": normalize_loudness,
    }


def _generation(fields: Fields) -> dict[str, object]:
    """Check the fields that change nothing here, and return them."""
    return {
        "latency": fields.choice("latency", ("low", "normal", "balanced"), "normal"),
        "chunk_length": fields.integer("chunk_length", 300, least=100, most=300),
        "min_chunk_length": fields.integer("min_chunk_length", 50, least=0, most=100),
        "normalize": fields.switch("normalize", default=True),
        "temperature": fields.number("temperature", 0.7, least=0, most=1),
        "top_p": fields.number("top_p", 0.7, least=0, most=1),
        "repetition_penalty": fields.number("repetition_penalty", 1.2),
        "max_new_tokens": fields.integer("max_new_tokens", 1024),
        "condition_on_previous_chunks": fields.switch("condition_on_previous_chunks", default=True),
        "early_stop_threshold": fields.number("early_stop_threshold", 1.0, least=0, most=1),
        "features": fields.texts("features") or [],
    }


def _references(fields: Fields) -> tuple[Reference, ...]:
    """Return the first recording of each speaker; a list of lists has one list per speaker."""
    sent = fields.raw("references")
    if not sent:
        return ()
    if not isinstance(sent, list):
        fields.wrong("references", "Input should be a valid list")
        return ()
    speakers = cast(list[object], sent)
    if not isinstance(speakers[0], list):
        speakers = [speakers]
    references = [_reference(speaker) for speaker in speakers]
    if None in references:
        fields.wrong("references", "Each reference needs audio bytes and a text")
    return tuple(reference for reference in references if reference is not None)


def _reference(speaker: Any) -> Reference | None:
    match speaker:
        case [{"audio": bytes() as audio, "text": str() as text}, *_] if text.strip():
            return Reference(text=text, audio=audio)
        case _:
            return None


def _pitches(voices: list[Voice], references: tuple[Reference, ...]) -> list[float]:
    """Return one pitch per speaker in Hz; stored voices win where both are sent, which is not documented."""
    heard = [_heard(reference) for reference in references]
    if voices:
        return [voice.pitch for voice in voices]
    return [sound.pitch or _OWN_PITCH for sound in heard] or [_OWN_PITCH]


def _heard(reference: Reference) -> Sound:
    """Decode a reference. Raises RefusalError if that is impossible, or if it is too long."""
    try:
        sound = Sound.decode(reference.audio)
    except NotAudioError as error:
        raise bad_value("references: the audio cannot be decoded") from error
    if sound.seconds > _LONGEST_REFERENCE:
        raise bad_value(f"references: the audio is longer than {_LONGEST_REFERENCE:g} seconds")
    return sound


def _lines(wanted: SpeechRequest, pitches: list[float], engine: str) -> tuple[tuple[str, float], ...]:
    if len(pitches) == 1:
        return ((speakable(wanted.text, engine), pitches[0]),)
    found = turns(wanted.text)
    if any(turn.speaker >= len(pitches) for turn in found):
        raise bad_value("text: a speaker has no reference")
    return tuple((speakable(turn.text, engine), pitches[turn.speaker]) for turn in found)


async def _chunks(audio: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(audio), _CHUNK):
        yield audio[start : start + _CHUNK]
