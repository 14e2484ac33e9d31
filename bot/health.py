"""`/healthz`: whether this process can do its work, for containers and load balancers."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import isfinite

from aiohttp import web

from bot.client import Mynah


@asynccontextmanager
async def serving_health(bot: Mynah, port: int | None) -> AsyncGenerator[None]:
    """Answer `/healthz` on every interface while the block runs; nothing listens when `port` is None."""
    if port is None:
        yield
        return

    async def healthz(_: web.Request) -> web.Response:
        ready = bot.is_ready() and not bot.is_closed() and isfinite(bot.latency)
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()
