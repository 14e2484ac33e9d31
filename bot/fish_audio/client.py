"""The client of Fish Audio: the only module that imports `fishaudio`.

The SDK makes the requests, and `bot.fish_audio.exchange` sends them. Nothing is tried twice here, since only callers
know what may be repeated.
"""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast

import httpx
from fishaudio import AsyncFishAudio
from fishaudio.types import (
    Model,
    Prosody,
    ReferenceAudio,
    TTSConfig,
)

from bot.errors import KeyRefused, LooksMissing, NoSound, Unclear, VoiceGone
from bot.fish_audio.answers import (
    carries,
    credit_in,
    distinct,
    failure,
    heard_in,
    is_doubtful,
    is_fish_id,
    is_own_refusal,
    may_be_sound,
    undisputed,
    voice_in,
    voices_in,
)
from bot.fish_audio.exchange import HOOKS, Exchange, StillWanted, Terms, Watcher
from bot.fish_audio.fair_gate import Askers, FairGate
from bot.http.bodies import AS_IT_IS
from bot.http.connections import new_client
from bot.models.samples import Excerpt, Sample
from bot.models.voices import FishVoice

_CONNECTING = 10.0  # seconds
_KEEP_ALIVE = 30.0  # seconds, so that a poll every few seconds finds its connection open
PAGE_SIZE = 100  # the most that Fish Audio gives (its API reference, List Models)
_FILE_NAME_LENGTH = 100
_RECORDING = re.compile(r"\.(wav|mp3|m4a|mp4|aac|ogg|oga|opus|flac|webm|mka)$", re.IGNORECASE)

_PAGE_BYTES = 4_000_000  # a hundred voices, each with what is said in its samples

# A quarter of a second for each character at half the speed and 192 kbit/s: all of these are more than is usual.
_SOUND_BYTES_PER_CHARACTER = 12_000
_SOUND_BYTES = 2_000_000  # added for pauses, and for characters that are spoken as long words

MOST_HEARD_BYTES = 20_000_000  # docs, page Speech to Text: 20 MB


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds for a whole call, from its turn at the gate until the last byte of the answer."""

    creating: float = 180.0  # the upload, and a training that often ends within it
    speaking: float = 60.0
    hearing: float = 60.0
    reading: float = 30.0


_DEADLINES = Deadlines()


@asynccontextmanager
async def open_fish_audio(
    *,
    api_key: str,
    api_url: str,
    model: str,
    concurrency: int,
    shared_slot: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    deadlines: Deadlines = _DEADLINES,
) -> AsyncGenerator["FishAudio"]:
    """Open connections to Fish Audio: at most `concurrency` calls at once, each in a `shared_slot` as well.

    The proxies are those that the environment names. Redirects are not followed, since they would carry the key
    elsewhere. Raises `KeyRefused` for a key with impossible characters, `UnusableProxy` or `UnreadableCertificates`.
    """
    if not re.fullmatch(r"[!-~]+", api_key):
        raise KeyRefused("the key is empty or has spaces or characters in it that no key has")
    async with new_client(
        base_url=api_url,
        headers=AS_IT_IS,
        timeout=httpx.Timeout(None, connect=_CONNECTING, pool=_CONNECTING),  # `Deadlines` end the rest
        at_once=concurrency,
        keep_alive=_KEEP_ALIVE,
        follow_redirects=False,
        event_hooks=HOOKS,
    ) as connections:
        sdk = AsyncFishAudio(api_key=api_key, httpx_client=connections)
        yield FishAudio(sdk, Exchange(FairGate(concurrency), shared_slot), model=model, deadlines=deadlines)


class FishAudio:
    """Voices and speech at Fish Audio. Every method raises a `FishAudioError` if the call did not succeed."""

    def __init__(self, sdk: AsyncFishAudio, exchange: Exchange, *, model: str, deadlines: Deadlines) -> None:
        self._sdk = sdk
        self._exchange = exchange
        self._model = model
        self._deadlines = deadlines
        self._reading = Terms(seconds=deadlines.reading)

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` how calls end from now on."""
        self._exchange.watchers.append(watcher)

    async def create_voice(
        self,
        *,
        title: str,
        sample: Sample,
        transcript: str | None,
        tag: str,
        member_id: int,
        guild_id: int | None = None,
        is_wanted: StillWanted | None = None,
    ) -> FishVoice:
        """Upload the WAVs of a sample as a private voice and return it.

        `transcript` is that of a sample of one clip. After `Unclear`, `voices_tagged` tells whether the voice exists.
        """
        uploads = [(upload_name(clip.filename), clip.data, "audio/wav") for clip in sample.clips]
        answer = await self._exchange.done(
            lambda: self._sdk.voices.create(
                title=title,
                voices=cast("list[bytes]", uploads),  # httpx takes tuples too; it would name plain bytes "upload"
                texts=[transcript] if transcript else None,
                tags=[tag],
                visibility="private",
                train_mode="fast",
                enhance_audio_quality=True,
            ),
            Terms(
                seconds=self._deadlines.creating,
                askers=Askers(member_id, guild_id),
                is_wanted=is_wanted,
                needs_credit=True,
            ),
        )
        return voice_in(answer, tag=tag, title=title)

    async def voices_tagged(self, tag: str) -> list[FishVoice]:
        """Return this account's voices with `tag`. Raises `Unclear` if one on the page cannot be read."""
        answer = await self._exchange.done(
            lambda: self._sdk.voices.list(self_only=True, tags=tag, page_size=PAGE_SIZE, sort_by="created_at"),
            Terms(seconds=self._deadlines.reading, most_bytes=_PAGE_BYTES),
        )
        voices = voices_in(answer)
        if None in voices:
            raise Unclear("a voice on the page has no readable id")
        # Filtered again: if Fish Audio ignored the filter, another voice would be taken for this one.
        return distinct(voice for voice in voices if voice is not None and carries(voice, tag))

    async def newest_voices(self, page: int = 1) -> list[FishVoice]:
        """Return a page of this account's voices, the newest first. A voice may exist although it is missing there.

        A voice of which the page says two different things is left out.
        """
        answer = await self._exchange.done(
            lambda: self._sdk.voices.list(self_only=True, page_size=PAGE_SIZE, page_number=page, sort_by="created_at"),
            Terms(seconds=self._deadlines.reading, most_bytes=_PAGE_BYTES),
        )
        return undisputed([voice for voice in voices_in(answer) if voice is not None])

    async def voice(self, fish_id: str) -> FishVoice:
        """Return one voice as it is now. Raises `VoiceGone` if this account has no such voice."""
        if not is_fish_id(fish_id):
            raise VoiceGone("no voice has such an id")
        answer = await self._exchange.done(
            lambda: self._sdk.voices.get(fish_id), Terms(seconds=self._deadlines.reading, about_one_voice=True)
        )
        return voice_in(answer, fish_id=fish_id)

    async def delete_voice(self, fish_id: str) -> None:
        """Delete a voice and make sure that it is gone. Raises `VoiceGone` only if Fish Audio says "not yours".

        It is gone if Fish Audio itself says so to a read after the deletion. Raises `Unclear` otherwise:
        `LooksMissing` if the answers say 404, but not as Fish Audio does.
        """
        if not is_fish_id(fish_id):
            return
        deleted = await self._exchange.answer(lambda: self._sdk.voices.delete(fish_id), self._reading)
        if not deleted.is_success and deleted.status != 404:
            raise failure(deleted, about_one_voice=is_own_refusal(deleted))
        read = await self._exchange.answer(lambda: self._sdk.voices.get(fish_id), self._reading)
        if read.status == 404 and is_own_refusal(read):
            return
        if read.status == 404 and is_doubtful(read):
            raise LooksMissing(f"{deleted.status} to the deletion, and a foreign 404 to the read after it")
        if read.is_success or read.status in {403, 404}:
            raise Unclear(f"{deleted.status} to the deletion, and {read.status} to the read after it")
        raise failure(read, about_one_voice=False)

    async def speak(
        self,
        text: str,
        *,
        voice: str | Excerpt,
        speed: float,
        volume: float,
        bitrate: int = 128,
        extra_seconds: float = 0.0,
        askers: Askers,
        is_wanted: StillWanted | None = None,
        on_asking: Callable[[], object] | None = None,
        on_sound: Callable[[], object] | None = None,
    ) -> bytes:
        """Return the text as MP3 (44.1 kHz; 64, 128 or 192 kbit/s) in a voice; speed 0.5 to 2, volume -20 to 20 dB.

        `voice` is the id of a voice at Fish Audio, or a recording to imitate, which is sent along and not stored there.
        `on_asking` is called when the request is sent, which may be long after this call: it waits for its turn.
        `on_sound` is called for each part that arrives, the first time long before the end, since Fish Audio streams.
        Raises `NoSound` only for a body that is empty, JSON or HTML; callers check whether other bodies can be played.
        A deleted voice raises `Refused` here, with status 400; only `voice` raises `VoiceGone`.
        """
        answer = await self._exchange.success(
            lambda: self._sdk.tts.convert(
                text=text,
                reference_id=None if isinstance(voice, Excerpt) else voice,
                references=[_reference(voice)] if isinstance(voice, Excerpt) else None,
                config=_delivery(speed, volume, bitrate),
                model=cast("Model", self._model),  # the SDK's list of engines is older than the engines
            ),
            Terms(
                seconds=self._deadlines.speaking + extra_seconds,
                most_bytes=_SOUND_BYTES + _SOUND_BYTES_PER_CHARACTER * len(text),
                askers=askers,
                is_wanted=is_wanted,
                on_asking=on_asking,
                on_sound=on_sound,
            ),
        )
        if answer.body is None:
            raise Unclear(f"{answer.status}: the sound broke off")
        if not may_be_sound(answer):
            raise NoSound(f"{answer.status}: {len(answer.body)} bytes without sound")
        return answer.body

    async def transcribe(
        self,
        wav: bytes,
        *,
        on_asking: Callable[[], object],
        member_id: int,
        guild_id: int | None = None,
        is_wanted: StillWanted | None = None,
    ) -> str:
        """Return what is said in a recording of 1 s to 60 min and at most `MOST_HEARD_BYTES`; empty if nothing is.

        `on_asking` is called when the request is sent.
        """
        answer = await self._exchange.done(
            lambda: self._sdk.asr.transcribe(audio=wav, include_timestamps=False),  # they take longer
            Terms(
                seconds=self._deadlines.hearing,
                askers=Askers(member_id, guild_id),
                is_wanted=is_wanted,
                on_asking=on_asking,
                needs_credit=True,
            ),
        )
        return heard_in(answer)

    async def check_key(self) -> None:
        """Ask Fish Audio whether it accepts the key; this costs nothing. Raises `KeyRefused` if not."""
        await self._exchange.done(lambda: self._sdk.voices.list(self_only=True, page_size=1), self._reading)

    async def credit(self) -> Decimal:
        """Return what is left of the account's API credit, in USD."""
        return credit_in(await self._exchange.done(self._sdk.account.get_credits, self._reading))


def upload_name(filename: str) -> str:
    """Return the file's name without folders and unprintable characters, ending in `.wav`: what is kept is one."""
    name = "".join(filter(str.isprintable, re.split(r"[/\\]", filename)[-1]))
    stem = _RECORDING.sub("", name.strip()).strip(" .")
    return f"{stem[: _FILE_NAME_LENGTH - len('.wav')] or 'sample'}.wav"


def _reference(excerpt: Excerpt) -> ReferenceAudio:
    return ReferenceAudio(audio=excerpt.wav, text=excerpt.transcript)


def _delivery(speed: float, volume: float, bitrate: int) -> TTSConfig:
    """Return all options of a speech, since the SDK's defaults are not the service's."""
    return TTSConfig(
        format="mp3",
        mp3_bitrate=cast("Literal[64, 128, 192]", bitrate),
        sample_rate=44_100,
        opus_bitrate=-1000,  # automatic; the SDK's other values have a unit that the service no longer takes
        latency="normal",  # the best quality; a lower latency would not help a whole file
        chunk_length=300,
        min_chunk_length=50,
        normalize=True,
        prosody=Prosody(speed=speed, volume=volume),
        temperature=0.7,
        top_p=0.7,
        repetition_penalty=1.2,
        max_new_tokens=1024,
        condition_on_previous_chunks=True,
        early_stop_threshold=1.0,
    )
