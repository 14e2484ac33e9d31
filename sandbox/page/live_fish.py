"""A proxy to the real Fish Audio: each request is passed on, and can be watched, held up or failed."""

import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.faults import Body, Headers, Recorder
from sandbox.fish_audio.answers import error_body
from sandbox.local_only import refuse_other_sites

REAL_ADDRESS = "https://api.fish.audio"
PASSED_ON = ("Authorization", "model", "Accept", "User-Agent")
HANDED_BACK = ("Content-Type", "Retry-After")
LARGEST_BODY = 64 * 1024 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=240, connect=10)


class LiveFish(Recorder):
    """Passes the requests of the bot on to the real Fish Audio."""

    def __init__(self, upstream: str, key: str) -> None:
        super().__init__()
        self.url = ""
        self.key = key
        self._upstream = upstream.rstrip("/")
        self._client: aiohttp.ClientSession | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, *, key: str, upstream: str = REAL_ADDRESS, port: int = 0) -> AsyncGenerator["LiveFish"]:
        live = cls(upstream, key)
        application = web.Application(client_max_size=LARGEST_BODY, middlewares=[refuse_other_sites, live.middleware])
        application.router.add_route("*", "/{path:.*}", live._pass_on)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            live.url = "http://{}:{}".format(*runner.addresses[0][:2])
            async with aiohttp.ClientSession(timeout=TIMEOUT, auto_decompress=True) as live._client:
                yield live
        finally:
            live.release_all()
            await runner.cleanup()

    def usual_error(self, status: int, code: int, message: str, headers: Headers) -> tuple[Any, Headers]:  # noqa: ARG002 - Fish Audio has no codes
        return error_body(status, message), headers

    async def _pass_on(self, request: web.Request) -> web.Response:
        assert self._client is not None  # noqa: S101 - the server runs only while there is one
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        data, kind = _content(self.body(request))
        try:
            async with self._client.request(
                request.method,
                self._upstream + request.path_qs,
                headers=headers | kind,
                data=data,
                allow_redirects=False,
            ) as answer:
                kept = {name: answer.headers[name] for name in HANDED_BACK if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except (aiohttp.ClientError, TimeoutError) as error:
            return web.json_response({"status": 502, "message": f"Fish Audio is out of reach: {error}"}, status=502)


def _content(body: Body) -> tuple[aiohttp.FormData | bytes | None, dict[str, str]]:
    """Return the body and its Content-Type; a form is encoded again, with its own boundary."""
    if not body.parts:
        return body.raw or None, {"Content-Type": body.content_type} if body.raw else {}
    form = aiohttp.FormData(default_to_multipart=True)
    for part in body.parts:
        data = part.data.decode() if part.filename is None else io.BytesIO(part.data)
        form.add_field(part.name, data, filename=part.filename, content_type=part.content_type)
    return form, {}
