"""Keeps the stand-ins to this machine: web pages of other sites cannot reach them through a browser that runs here."""

from urllib.parse import urlsplit

from aiohttp import web

from sandbox.faults import Handler

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@web.middleware
async def refuse_strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what was meant for another host (a name that its owner made point here) or comes from another site."""
    origin = request.headers.get("Origin")
    if urlsplit(f"//{request.host}").hostname not in LOCAL_NAMES or origin not in (None, f"http://{request.host}"):
        return web.Response(status=403, text="The sandbox answers this machine alone.")
    return await handler(request)
