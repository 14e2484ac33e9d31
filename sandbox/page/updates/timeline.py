"""Lists every request between the bot, Discord and Fish Audio, and the events of the gateway."""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import ormsgpack

from sandbox.discord import Discord
from sandbox.discord.world.model import Happening
from sandbox.faults import Body, Recorder, Request
from sandbox.page.updates.views import command_name

KEPT = 300  # lines, and requests with their bodies in the stand-ins' own logs
LONGEST_CONTENT = 2_000  # characters
LONGEST_WORD = 40  # of a path; what is longer is a token
KINDS = {2: "uses", 3: "presses a button", 4: "types into", 5: "submits a form"}


@dataclass(slots=True, kw_only=True)
class Line:
    number: int
    sender: str
    receiver: str
    verb: str
    what: str
    content: str = ""
    status: int | None = None
    seconds: float | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def view(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "from": self.sender,
            "to": self.receiver,
            "verb": self.verb,
            "what": self.what,
            "content": self.content,
            "status": self.status,
            "milliseconds": None if self.seconds is None else round(self.seconds * 1000),
            "at": round(self.at.timestamp() * 1000),
        }


class Timeline:
    def __init__(self, publish: Callable[[dict[str, Any]], None]) -> None:
        self._publish = publish
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._count = 0
        self._open: dict[int, tuple[Request, Line]] = {}  # by the request's identity, which it keeps while it is here

    def view(self) -> list[dict[str, Any]]:
        return [line.view() for line in self._lines]

    def follow(self, name: str, service: Recorder) -> None:
        service.watch(lambda request: self._arrived(name, request))
        service.subscribe(lambda request: self._answered(service, request))

    def follow_gateway(self, discord: Discord) -> None:
        discord.world.subscribe(self._happened)

    def gateway_says(self, what: str) -> None:
        self._add(sender="Discord", receiver="bot", verb="GATEWAY", what=what)

    def _arrived(self, name: str, request: Request) -> None:
        line = self._add(
            sender="bot",
            receiver=name,
            verb=request.method,
            what=_short(request),
            content=_content(request.body),
        )
        self._open[id(request)] = (request, line)

    def _answered(self, service: Recorder, request: Request) -> None:
        _, line = self._open.pop(id(request), (request, None))
        if line is not None:  # else it arrived before anybody looked
            line.status, line.seconds = request.status, request.seconds
            self._publish({"kind": "line", "line": line.view()})
        del service.requests[:-KEPT]

    def _happened(self, happening: Happening) -> None:
        interaction = happening.interaction
        if happening.kind == "interaction sent" and interaction is not None:
            named = interaction.type in (2, 4)
            action = f"{interaction.user.name} {KINDS[interaction.type]}"
            self.gateway_says(f"{action} {command_name(interaction.data)}" if named else action)

    def _add(self, *, sender: str, receiver: str, verb: str, what: str, content: str = "") -> Line:
        self._count += 1
        line = Line(number=self._count, sender=sender, receiver=receiver, verb=verb, what=what, content=content)
        self._lines.append(line)
        self._publish({"kind": "line", "line": line.view()})
        return line


def _short(request: Request) -> str:
    """Return the path with its tokens shortened, and the query."""
    query = "&".join(f"{name}={value}" for name, value in request.query.items())
    return _with_tokens_cut(f"{request.path}?{query}" if query else request.path)


def _with_tokens_cut(path: str) -> str:
    return re.sub(rf"[^/?&=]{{{LONGEST_WORD},}}", lambda word: word[0][:6] + "…", path)


def _content(body: Body) -> str:
    """Return the text of what was sent."""
    sent = [*_structured(body), *(f"{part.name}: {len(part.data):,} bytes, {part.filename}" for part in body.files)]
    text = "\n".join(sent)
    return text if len(text) <= LONGEST_CONTENT else text[:LONGEST_CONTENT] + "…"


def _structured(body: Body) -> list[str]:
    try:
        sent = ormsgpack.unpackb(body.raw) if body.content_type == "application/msgpack" and body.raw else body.json()
    except ValueError:
        return ["(cannot be read)"]
    if sent is not None:
        return [json.dumps(sent, indent=1, ensure_ascii=False, default=lambda value: f"({type(value).__name__})")]
    fields = [part for part in body.parts if part.filename is None]
    return [f"{part.name}: {part.data.decode(errors='replace')}" for part in fields]
