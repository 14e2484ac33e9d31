"""`/healthz`: tells containers and load balancers whether this process can do its work."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import isfinite
from typing import TYPE_CHECKING

from bot.clock import SECOND
from bot.discord.client import Mynah
from bot.errors import UserError

if TYPE_CHECKING:
    from aiohttp import web

LONGEST_TURN = 300  # seconds; every worker has a turn at least twice a minute, unless a service hangs


class PortNotUsable(UserError):
    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"HEALTH_PORT {port} cannot be used on HEALTH_HOST {host}: {reason}. Set another port, or none."
        )


@asynccontextmanager
async def serving_health(bot: Mynah, host: str, port: int | None) -> AsyncGenerator[None]:
    """Answer `/healthz` while the block runs; nothing listens if `port` is None."""
    if port is None:
        yield
        return
    from aiohttp import web  # 2 MB of memory, so only if something listens

    async def healthz(_: web.Request) -> web.Response:
        ready = bot.is_ready() and not bot.is_closed() and isfinite(bot.latency)
        idle = {name: (bot.clock.monotonic() - turn) / SECOND for name, turn in bot.last_turns.items()}
        well = ready and all(seconds < LONGEST_TURN for seconds in idle.values())
        answer = {
            "ready": ready,
            "seconds_since_last_good_turn": idle,
            "skipped_events": bot.skipped_events.total(),
        }
        return web.json_response(answer, status=200 if well else 503)

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port), host, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(site: "web.TCPSite", host: str, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        raise PortNotUsable(host, port, error.strerror or str(error)) from error
