"""httpx over aiohttp: bodies arrive whole, connections are kept, and failing to connect means that nothing was sent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from aiohttp import web

from bot.http.connections import new_client

LARGE = bytes(range(256)) * 2**14  # 4 MiB


class Service:
    """Answers with what it was sent, and knows over which connections."""

    def __init__(self) -> None:
        self.connections: list[asyncio.BaseTransport] = []
        self.answering = asyncio.Event()
        self.answering.set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        self.connections.append(request.transport)
        body = await request.content.read()
        await self.answering.wait()
        if request.path == "/broken":
            request.transport.abort()
        if request.path == "/endless":
            response = web.StreamResponse()
            await response.prepare(request)
            with suppress(ConnectionError):
                while True:
                    await response.write(b"on and on")
            return response
        if request.path == "/elsewhere":
            raise web.HTTPFound("/", headers={"Set-Cookie": "session=1"})
        return web.Response(body=body or request.headers.get("Cookie", "").encode())


@asynccontextmanager
async def opened(*, at_once: int = 100) -> AsyncGenerator[tuple[Service, httpx.AsyncClient]]:
    service = Service()
    runner = web.ServerRunner(web.Server(service.handle), shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with new_client(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}", at_once=at_once) as client:
            yield service, client
    finally:
        await runner.cleanup()


async def test_a_large_body_arrives_whole_in_both_directions_as_content_and_as_a_form() -> None:
    async with opened() as (_, client):
        assert (await client.post("/", content=LARGE)).content == LARGE
        form = (await client.post("/", files={"voices": ("me.wav", LARGE, "audio/wav")}, data={"title": "Me"})).content
        assert LARGE in form
        assert b'filename="me.wav"' in form
        assert b"Me" in form


async def test_connections_are_kept_and_never_more_than_allowed() -> None:
    async with opened(at_once=2) as (service, client):
        answers = await asyncio.gather(*(client.post("/", content=bytes([number])) for number in range(20)))
        assert [answer.content for answer in answers] == [bytes([number]) for number in range(20)]
        assert len(set(service.connections)) == 2


async def test_redirects_are_handed_back_and_cookies_are_not_kept() -> None:
    async with opened() as (_, client):
        answer = await client.get("/elsewhere")
        assert answer.status_code == 302
        assert (await client.get("/")).content == b""


@pytest.mark.slow
async def test_an_answer_that_is_left_early_takes_its_connection_along() -> None:
    async with opened(at_once=1) as (service, client):
        async with client.stream("GET", "/endless") as answer:
            assert (await anext(answer.aiter_raw())).startswith(b"on and on")
        assert (await client.post("/", content=b"next")).content == b"next"
        assert len(set(service.connections)) == 2


async def test_what_may_have_been_sent_is_never_taken_for_a_failure_to_connect() -> None:
    async with opened() as (service, client):
        with pytest.raises(httpx.TransportError) as broken:
            await client.post("/broken", content=b"once")
        assert not isinstance(broken.value, (httpx.ConnectError, httpx.ConnectTimeout))
        assert len(service.connections) == 1, "a POST was repeated"

        service.answering.clear()
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/", content=b"once", timeout=httpx.Timeout(None, read=0.05))
        service.answering.set()

    async with new_client() as client:
        with pytest.raises(httpx.ConnectError):
            await client.post("http://127.0.0.1:1/", content=b"once")
