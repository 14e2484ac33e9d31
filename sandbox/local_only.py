"""Refuses web pages of other sites, which could reach the stand-ins through a browser on this machine."""

from urllib.parse import urlsplit

from aiohttp import web

from sandbox.faults import Handler

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@web.middleware
async def refuse_other_sites(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests for another host, whose name may point here, and requests from pages of another site."""
    origin = request.headers.get("Origin")
    if urlsplit(f"//{request.host}").hostname not in LOCAL_NAMES or origin not in (None, f"http://{request.host}"):
        return web.Response(status=403, text="The sandbox only answers requests from this machine.")
    return await handler(request)
