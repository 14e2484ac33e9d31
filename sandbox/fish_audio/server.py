"""The HTTP server in front of the endpoints: counts, admits and refuses."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.faults import Handler, Recorder
from sandbox.fish_audio.account import Account
from sandbox.fish_audio.answers import RefusalError, bad_value, error_body
from sandbox.local_only import refuse_other_sites

_LARGEST_BODY = 32 * 1024 * 1024  # bytes, as the compatibility endpoints say; the others say nothing
_IN_FLIGHT = web.RequestKey("in_flight", int)


class Admission:
    """The middlewares before the endpoints, the outermost first."""

    def __init__(self, account: Account, recorder: Recorder, happened: Callable[[], None]) -> None:
        self._account = account
        self._recorder = recorder
        self._happened = happened

    def middlewares(self) -> list[Middleware]:
        return [refuse_other_sites, self.count, self._recorder.middleware, self.admit]

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count the requests in flight, also those that are held up or still being sent."""
        request[_IN_FLIGHT] = self._account.arrive()
        self._happened()
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            return web.json_response(error_body(413, "Request entity too large"), status=413)
        except ValueError:  # a multipart body that cannot be taken apart
            return bad_value("The body cannot be read").response()
        finally:
            self._account.leave()
            self._happened()

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.route.resource is None:
            return await handler(request)  # an unknown path, which the recorder reports
        public = request.method == "GET" and request.path.startswith("/model")
        try:
            self._account.admit(request.path, request.headers.get("Authorization"), request[_IN_FLIGHT], public=public)
            return await handler(request)
        except RefusalError as refusal:
            return refusal.response()


@asynccontextmanager
async def serving(admission: Admission, routes: Iterable[web.RouteDef], port: int) -> AsyncGenerator[str]:
    """Serve on 127.0.0.1 (port 0: any free one) and give the address; release held requests first."""
    application = web.Application(client_max_size=_LARGEST_BODY, middlewares=admission.middlewares())
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, bound_port = runner.addresses[0][:2]
        yield f"http://{host}:{bound_port}"
    finally:
        await runner.cleanup()
