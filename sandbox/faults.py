"""Reads, records, holds up and fails the requests that a stand-in gets."""

import asyncio
import json
import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, ClientPayloadError, web
from multidict import CIMultiDict

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Listener = Callable[["Request"], None]
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form, in the order it was sent."""

    name: str
    filename: str | None
    content_type: str | None  # None if the sender gave none
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body, read once; either `raw` or `parts` is filled."""

    content_type: str
    raw: bytes = field(default=b"", repr=False)
    parts: tuple[Part, ...] = ()

    @property
    def files(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.filename is not None)

    def json(self) -> Any:
        """Return the JSON of the body, or of its part `payload_json`; None if there is neither.

        Raises ValueError for JSON that cannot be read.
        """
        if self.content_type == "application/json":
            return json.loads(self.raw) if self.raw else None
        for part in self.parts:
            if part.name == "payload_json":
                return json.loads(part.data)
        return None


@dataclass(slots=True)
class Request:
    """One request in the log, listed on arrival; `status` stays None until it is answered."""

    method: str
    path: str  # below the base, without the query
    query: Mapping[str, str]
    headers: Mapping[str, str]
    route_template: str | None  # "/channels/{channel_id}/messages"; None if no route was prepared
    body: Body
    status: int | None = None
    seconds: float | None = None

    @property
    def json(self) -> Any:
        """Return the JSON that was sent; None if there was none or it cannot be read."""
        try:
            return self.body.json()
        except ValueError:
            return None

    @property
    def files(self) -> list[tuple[str, int]]:
        """Return the names and sizes in bytes of the files that were sent."""
        return [(part.filename or "", len(part.data)) for part in self.body.files]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The answer that replaces the real one."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str]
    hang_up: bool

    def answer(self, request: web.Request) -> web.Response:
        if self.hang_up and request.transport is not None:
            request.transport.abort()
        headers = CIMultiDict(self.headers)
        headers.setdefault("Content-Type", self.content_type)
        return web.Response(status=self.status, body=self.body, headers=headers)


class Hold:
    """Requests that are kept waiting until `release()`."""

    def __init__(self) -> None:
        self._arrived = asyncio.Event()
        self._released = asyncio.Event()

    async def arrived(self, within: float = 30) -> None:
        """Wait until a request is being held; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            await self._arrived.wait()

    def release(self) -> None:
        self._released.set()

    async def keep(self) -> None:
        """Keep the calling request until the release."""
        self._arrived.set()
        await self._released.wait()


class Delay(Hold):
    """Requests that are kept waiting for some seconds each."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def keep(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await super().keep()


@dataclass(slots=True)
class Rule:
    """Holds up or fails the next `times` requests that fit, before or after the real work."""

    method: str
    pattern: re.Pattern[str]
    times: int
    after_work: bool
    effect: Failure | Hold

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and self.pattern.fullmatch(path) is not None

    def withdraw(self) -> None:
        """End the rule, and release what it holds."""
        self.times = 0
        if isinstance(self.effect, Hold):
            self.effect.release()


_ENTRY = web.RequestKey("entry", Request)


class Recorder(ABC):
    """The part of a stand-in that records requests, holds them up and fails them, as the outermost middleware.

    Handlers get the body with `recorder.body(request)` and never read it themselves. Paths and patterns leave out the
    prefix `base`.
    """

    def __init__(self, *, base: str = "") -> None:
        self.requests: list[Request] = []
        self.surprises: list[str] = []  # requests that the stand-in does not know; a test asserts that there are none
        self._base = base
        self._rules: list[Rule] = []
        self._listeners: list[Listener] = []
        self._watchers: list[Listener] = []

    @abstractmethod
    def usual_error(self, status: int, code: int, message: str, headers: Headers) -> tuple[Any, Headers]:
        """Return the body and the headers with which the service itself sends this error."""

    def fails(
        self,
        method: str,
        path_pattern: str,
        *,
        status: int = 500,
        code: int = 0,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        after_work: bool = False,
        hang_up: bool = False,
    ) -> Rule:
        """Fail the next `times` requests; `after_work` does what was asked first, `hang_up` drops the line.

        In the pattern `*` is anything and `{name}` one segment; method "*" is any. A `body` of bytes
        is sent as it is, text as plain text, anything else as JSON; None is the service's usual error.
        """
        usual_body, headers = self.usual_error(status, code, "The sandbox was told to fail", headers or {})
        content, content_type = _encoded(usual_body if body is None else body)
        failure = Failure(status=status, body=content, content_type=content_type, headers=headers, hang_up=hang_up)
        return self._add_rule(method, path_pattern, times, failure, after_work=after_work)

    def holds(self, method: str, path_pattern: str, *, times: int = 1, after_work: bool = False) -> Hold:
        """Keep the next `times` requests waiting, before or after the work they ask for."""
        hold = Hold()
        self._add_rule(method, path_pattern, times, hold, after_work=after_work)
        return hold

    def delays(self, method: str, path_pattern: str, *, seconds: float, times: int = 1) -> Rule:
        """Begin the next `times` requests only after `seconds`."""
        return self._add_rule(method, path_pattern, times, Delay(seconds), after_work=False)

    def _add_rule(
        self, method: str, path_pattern: str, times: int, effect: Failure | Hold, *, after_work: bool
    ) -> Rule:
        rule = Rule(method.upper(), path_regex(path_pattern), times, after_work, effect)
        self._rules.append(rule)
        return rule

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each request when it has been answered; returns the function that ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def watch(self, watcher: Listener) -> Callable[[], None]:
        """Call `watcher` with each request as it arrives; returns the function that ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def release_all(self) -> None:
        """Release everything that is held, so that the server can stop."""
        for rule in self._rules:
            if isinstance(rule.effect, Hold):
                rule.effect.release()

    def body(self, request: web.Request) -> Body:
        return request[_ENTRY].body

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await handler(request)  # a WebSocket has no body to read and no answer to record
        begun = time.monotonic()
        try:
            body = await _read(request)
        except (ConnectionError, ClientPayloadError):  # the sender died while it was sending
            return web.Response(status=400)
        except (ValueError, web.HTTPException):  # a body that is too large or cannot be taken apart
            raise
        except Exception as error:
            return self._failed(f"{request.method} {request.path}", error)
        entry = Request(
            method=request.method,
            path=request.path.removeprefix(self._base),
            query=dict(request.query),
            headers=CIMultiDict(request.headers),
            route_template=self._template(request),
            body=body,
        )
        request[_ENTRY] = entry
        self.requests.append(entry)
        for watcher in tuple(self._watchers):
            watcher(entry)
        response = await self._answer(request, entry, handler)
        entry.status, entry.seconds = response.status, time.monotonic() - begun
        for listener in tuple(self._listeners):
            listener(entry)
        return response

    def _template(self, request: web.Request) -> str | None:
        resource = request.match_info.route.resource
        return resource.canonical.removeprefix(self._base) if resource is not None else None

    async def _answer(self, request: web.Request, entry: Request, handler: Handler) -> web.StreamResponse:
        early = await self._interfere(request, entry, after_work=False)
        if early is not None:
            return early
        response = await self._work(request, entry, handler)
        return await self._interfere(request, entry, after_work=True) or response

    async def _interfere(self, request: web.Request, entry: Request, *, after_work: bool) -> web.Response | None:
        """Apply the rules that fit this request: every hold first, then at most one failure."""
        for rule in [rule for rule in self._rules if rule.after_work == after_work]:
            if not rule.fits(entry.method, entry.path):
                continue
            rule.times -= 1
            if isinstance(rule.effect, Failure):
                return rule.effect.answer(request)
            await rule.effect.keep()
        return None

    async def _work(self, request: web.Request, entry: Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            self._surprised(f"{entry.method} {entry.path}: nothing is prepared for it ({error.status})")
            return self._error(error.status, error.reason)
        except Exception as error:
            return self._failed(f"{entry.method} {entry.path}", error)

    def _failed(self, request: str, error: Exception) -> web.Response:
        log.error("the stand-in failed on %s", request, exc_info=error)
        self._surprised(f"{request}: the stand-in itself failed: {error!r}")
        return self._error(500, "The sandbox failed")

    def _surprised(self, sentence: str) -> None:
        log.error(sentence)
        self.surprises.append(sentence)

    def _error(self, status: int, message: str) -> web.Response:
        body, headers = self.usual_error(status, 0, message, {})
        content, content_type = _encoded(body)
        return web.Response(status=status, body=content, headers={"Content-Type": content_type, **headers})


async def _read(request: web.Request) -> Body:
    # Not `request.content_type`: its parser takes longer than all the rest here.
    content_type = request.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip().lower()
    if not content_type.startswith("multipart/"):
        return Body(content_type, raw=await request.read())
    parts: list[Part] = []
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader):
            data = bytes(await part.read())
            parts.append(Part(part.name or "", part.filename, part.headers.get("Content-Type"), data))
    return Body(content_type, parts=tuple(parts))


def path_regex(path_pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern: `*` is anything, `{name}` one segment."""
    pieces = re.split(r"(\*|\{\w+\})", path_pattern)
    return re.compile("".join(_piece(piece) for piece in pieces))


def _piece(piece: str) -> str:
    if piece == "*":
        return ".*"
    return "[^/]+" if piece.startswith("{") else re.escape(piece)


def _encoded(body: Any) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return json.dumps(body).encode(), "application/json"
