"""The two ways in which the tests of this folder talk to the stand-in."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import ormsgpack
from fishaudio import AsyncFishAudio

from bot.http.certificates import trusted
from sandbox.fish_audio import FishAudio
from sandbox.speech import sample_wav


@asynccontextmanager
async def sdk(fish: FishAudio, *, key: str | None = None) -> AsyncGenerator[AsyncFishAudio]:
    """Open the unmodified SDK for the stand-in."""
    client = AsyncFishAudio(api_key=key or fish.key, base_url=fish.url)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def raw(fish: FishAudio, *, key: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
    """Open a bare HTTP client with the right key; `key=""` sends none."""
    headers = {} if key == "" else {"Authorization": f"Bearer {key or fish.key}"}
    certificates = trusted()  # else httpx reads them anew
    async with httpx.AsyncClient(
        base_url=fish.url, headers=headers, verify=certificates, trust_env=False, timeout=30
    ) as client:
        yield client


async def create(client: httpx.AsyncClient, title: str = "Grandpa", **changes: object) -> httpx.Response:
    """POST a good form with `changes`; None leaves a field out."""
    form: dict[str, object] = {"type": "tts", "train_mode": "fast", "visibility": "private", "title": title}
    sent = {name: value for name, value in (form | changes).items() if value is not None}
    voice = ("grandpa.wav", sample_wav(seconds=3), "audio/wav")
    return await client.post("/model", data=sent, files=[("voices", voice)])


async def speak(client: httpx.AsyncClient, *, headers: Mapping[str, str] | None = None, **order: Any) -> httpx.Response:
    """POST an order to speak as msgpack, for the engine `s2-pro` unless told otherwise."""
    content = ormsgpack.packb({"text": "Hello there"} | order)
    sent = {"Content-Type": "application/msgpack", "model": "s2-pro"} | dict(headers or {})
    return await client.post("/v1/tts", content=content, headers=sent)
