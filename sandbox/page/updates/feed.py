"""Sends every open page, over one WebSocket each, what its viewer sees."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, web

from sandbox.discord import Member
from sandbox.discord.world.model import Happening
from sandbox.page.updates.views import Views

Event = dict[str, Any]


@dataclass(eq=False, slots=True)
class Page:
    viewer: Member
    socket: web.WebSocketResponse
    events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue[Event])

    async def write(self) -> None:
        """Send what is queued until cancelled or the line is gone."""
        with suppress(ConnectionError):
            while True:
                await self.socket.send_str(json.dumps(await self.events.get()))


class Feed:
    def __init__(self) -> None:
        self._pages: set[Page] = set()

    def publish(self, event: Event) -> None:
        """Send the event to every page."""
        for page in self._pages:
            page.events.put_nowait(event)

    def tell_each(self, views: Views, happening: Happening) -> None:
        """Send each viewer what they may see of a message."""
        message = happening.message
        if message is None:
            return
        for page in self._pages:
            if message.visible_to(page.viewer.user):
                page.events.put_nowait({"kind": "message", "message": views.message(message, page.viewer)})
            elif message.deleted:
                page.events.put_nowait({"kind": "gone", "channel": str(message.channel.id), "id": str(message.id)})

    def tell_commands(self, views: Views) -> None:
        for page in self._pages:
            page.events.put_nowait({"kind": "commands", "commands": views.commands(page.viewer)})

    def show_anew(self, viewer: Member, snapshot: Callable[[], Event]) -> None:
        """Send `viewer` a new snapshot, after their place in the server has changed."""
        for page in self._pages:
            if page.viewer.user is viewer.user:
                page.events.put_nowait(snapshot())

    async def serve(self, request: web.Request, viewer: Member, snapshot: Callable[[], Event]) -> web.WebSocketResponse:
        """Serve one page from its opening to its end; `snapshot` makes its first event."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        page = Page(viewer, socket)
        page.events.put_nowait(snapshot())
        self._pages.add(page)
        writing = asyncio.create_task(page.write(), name="page writer")
        try:
            async for _ in socket:
                pass  # a page only listens here; what it does comes as requests
        finally:
            self._pages.discard(page)
            writing.cancel()
        return socket

    async def close(self) -> None:
        for page in tuple(self._pages):
            await page.socket.close(code=WSCloseCode.GOING_AWAY)
