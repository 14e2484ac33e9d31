"""The page's own server: static files, requests of the page, and its feed."""

import json
import mimetypes
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from sandbox.discord import Refused, Upload
from sandbox.faults import Handler
from sandbox.local_only import refuse_other_sites
from sandbox.page.actions import Files
from sandbox.page.samples import sample
from sandbox.page.sandbox import Sandbox

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 600 * 1024 * 1024  # ours; what Discord's client lets through is checked file by file
PLAYED_HERE = ("audio/", "image/png", "image/jpeg", "image/gif", "image/webp")  # types that cannot carry a script
PLACE_IN_SERVER = ("present", "manages")  # changes of a person that decide what they are offered
HEADERS = {
    "Cache-Control": "no-store",  # a contributor's change is there after a reload
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Action = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
ActionWithFiles = Callable[[Mapping[str, Any], Files], Awaitable[dict[str, Any]]]


class Site:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def application(self) -> web.Application:
        application = web.Application(
            client_max_size=LARGEST_BODY, middlewares=[refuse_other_sites, _with_headers, _explain_refusals]
        )
        actions = self._sandbox.actions
        router = application.router
        router.add_get("/", self._index)
        router.add_static("/static", STATIC)
        router.add_get("/api/people", self._people)
        router.add_get("/api/feed", self._feed)
        router.add_get("/api/sample", self._sample)
        router.add_get("/files/{attachment_id}/{filename}", self._file)
        router.add_post("/api/use", _with_files(actions.use))
        router.add_post("/api/submit", _with_files(actions.submit))
        for path, action in {
            "use-on": actions.use_on,
            "complete": actions.complete,
            "operate": actions.operate,
            "say": actions.say,
            "record": actions.record,
            "join": self._join,
            "person": self._person,
            "role": self._role,
            "controls": self._controls,
        }.items():
            router.add_post(f"/api/{path}", _answering(action))
        return application

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _people(self, _request: web.Request) -> web.Response:
        return web.json_response(self._sandbox.people.describe())

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        viewer = self._sandbox.people.find(request.query.get("as", ""))
        return await self._sandbox.feed.serve(request, viewer, lambda: self._sandbox.snapshot(viewer))

    async def _sample(self, request: web.Request) -> web.Response:
        speaker = self._sandbox.people.number(request.query.get("as", ""))
        made = await sample(request.query.get("kind", ""), speaker, request.query.get("text", ""))
        headers = {"Content-Disposition": f'attachment; filename="{made.filename}"'}
        kind = mimetypes.guess_type(made.filename)[0]
        return web.Response(body=made.data, content_type=kind or "application/octet-stream", headers=headers)

    async def _file(self, request: web.Request) -> web.Response:
        """Serve an attachment; only types that can do no harm keep their Content-Type."""
        number = request.match_info["attachment_id"]
        attachment = self._sandbox.discord.world.attachments.get(int(number) if number.isdecimal() else 0)
        if attachment is None or attachment.removed:
            raise web.HTTPNotFound
        kind = attachment.content_type or ""
        harmless = kind.startswith(PLAYED_HERE)
        headers = {"Content-Type": kind if harmless else "application/octet-stream"}
        if not harmless:
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=attachment.data, headers=headers)

    async def _join(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": str(self._sandbox.people.add(str(payload["name"])).id)}

    async def _person(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        person = self._sandbox.people.find(str(payload["person"]))
        self._sandbox.people.change(person, payload)
        if not payload.keys().isdisjoint(PLACE_IN_SERVER):
            self._sandbox.feed.show_anew(person, lambda: self._sandbox.snapshot(person))
        return {}

    async def _role(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": str(self._sandbox.people.add_role(str(payload["name"])).id)}

    async def _controls(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        await self._sandbox.controls.decide(str(payload["what"]), payload.get("value"))
        return {}


@asynccontextmanager
async def serving(sandbox: Sandbox, port: int = 0) -> AsyncGenerator[str]:
    """Serve the page on 127.0.0.1 and give its address; 0 is any free port."""
    runner = web.AppRunner(Site(sandbox).application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await sandbox.feed.close()
        await runner.cleanup()


def _answering(action: Action) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response(await action(cast("Mapping[str, Any]", await request.json())))

    return handler


def _with_files(action: ActionWithFiles) -> Handler:
    """Read a form: its field `payload` is JSON, and every other field is a file for the option of its name."""

    async def handler(request: web.Request) -> web.Response:
        form = await request.post()
        files: dict[str, list[Upload]] = {}
        for name, field in form.items():
            if isinstance(field, web.FileField):
                files.setdefault(name.removeprefix("file:"), []).append(Upload(field.filename, field.file.read()))
        return web.json_response(await action(json.loads(str(form["payload"])), files))

    return handler


@web.middleware
async def _with_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers.update(HEADERS)
        raise
    if not response.prepared:  # a WebSocket's headers are long gone
        response.headers.update(HEADERS)
    return response


@web.middleware
async def _explain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the sentence with which Discord's client or the sandbox refuses something."""
    try:
        return await handler(request)
    except Refused as refusal:
        return web.json_response({"refused": str(refusal)}, status=422)
    except (KeyError, ValueError):  # the page is older than what there is
        return web.json_response({"refused": "That is no longer there. Reload the page."}, status=422)
