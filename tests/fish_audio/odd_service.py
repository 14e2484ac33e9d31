"""A service over a real socket that answers exactly what a test tells it to, down to half an answer."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache

from aiohttp import web

from bot.fish_audio.client import Deadlines, FishAudio, open_fish_audio

KEY = "key-of-the-test"


@dataclass(frozen=True)
class Answered:
    """An answer to every request; `cut` breaks the connection before its end."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """Breaks the connection before any answer."""


@dataclass(frozen=True, slots=True)
class Endless:
    """An answer without an end."""

    status: int = 200
    piece: bytes = b" " * 2**16


@dataclass(frozen=True, slots=True)
class Bomb:
    """A small answer that becomes `size` bytes when it is unpacked."""

    size: int


@dataclass(frozen=True)
class Halting:
    """A body of which the first half comes at once, and the rest after `OddService.go_on` is set."""

    body: bytes


class Silence:
    """Keeps the connection open and answers nothing."""


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


Answer = Answered | Reset | Endless | Bomb | Halting | Silence


class OddService:
    """Gives one answer to all requests, or to all of one method, and keeps the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.answer: Answer = Answered()
        self.answers: dict[str, Answer] = {}  # by method, for methods with another answer
        self.received: list[Received] = []
        self.answering = asyncio.Event()  # cleared, requests wait
        self.answering.set()
        self.go_on = asyncio.Event()
        self._news = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0

    async def has_received(self, number: int) -> None:
        while len(self.received) < number:
            self._news.clear()
            await self._news.wait()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            body = await request.read()
            query = dict(request.query)
            self.received.append(Received(request.method, request.path, query, dict(request.headers), body))
            self._news.set()
            await self.answering.wait()
            return await self._give(request)
        finally:
            self.under_way -= 1

    async def _give(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        match self.answers.get(request.method, self.answer):
            case Reset():
                request.transport.abort()
                return web.Response()
            case Endless(status, piece):
                response = web.StreamResponse(status=status)
                await response.prepare(request)
                with suppress(ConnectionError):
                    while True:
                        await response.write(piece)
                return response
            case Bomb(size):
                return web.Response(body=_packed(size), headers={"Content-Encoding": "gzip"})
            case Halting(body):
                response = web.StreamResponse()
                await response.prepare(request)
                await response.write(body[: len(body) // 2])
                await self.go_on.wait()
                await response.write(body[len(body) // 2 :])
                return response
            case Silence():
                await asyncio.Event().wait()
                return web.Response()
            case Answered(status, body, headers, cut=False):
                return web.Response(status=status, body=body, headers=headers)
            case Answered(status, body, headers):
                response = web.StreamResponse(status=status, headers=headers)
                response.content_length = len(body) + 100
                await response.prepare(request)
                await response.write(body)
                request.transport.close()
                return response


@cache
def _packed(size: int) -> bytes:
    return gzip.compress(b" " * size, compresslevel=1)


@asynccontextmanager
async def odd_service() -> AsyncGenerator[OddService]:
    service = OddService()
    application = web.Application(client_max_size=2**26)
    application.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()


@asynccontextmanager
async def fish_audio_at(
    url: str,
    *,
    concurrency: int = 5,
    shared_slot: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    deadlines: Deadlines | None = None,
) -> AsyncGenerator[FishAudio]:
    async with open_fish_audio(
        api_key=KEY,
        api_url=url,
        model="s2-pro",
        concurrency=concurrency,
        shared_slot=shared_slot,
        deadlines=deadlines or Deadlines(),
    ) as fish_audio:
        yield fish_audio
