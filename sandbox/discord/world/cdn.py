"""Attachments behind signed links that run out, as on Discord's CDN."""

import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

from aiohttp import web

from sandbox.discord.world.model import Attachment, World

PATHS = (
    "/attachments/{folder_id}/{attachment_id}/{filename}",
    "/ephemeral-attachments/{folder_id}/{attachment_id}/{filename}",
)
LINK_SECONDS = 86_400  # the docs' example of an ephemeral attachment: `ex` minus `is`
GONE = "This content is no longer available."


class Cdn:
    """Makes the links and answers them."""

    def __init__(self, world: World) -> None:
        self.base_url = ""  # known once the server listens
        self._world = world
        self._secret = secrets.token_bytes(32)

    def url(self, attachment: Attachment) -> str:
        """Return a link that works for a day."""
        issued = int(self._world.clock.now())
        expires, begun = f"{issued + LINK_SECONDS:x}", f"{issued:x}"
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        path = f"/{folder}/{attachment.folder_id}/{attachment.id}/{quote(attachment.filename)}"
        query = urlencode({"ex": expires, "is": begun, "hm": self._signature(attachment.id, expires, begun)})
        return f"{self.base_url}{path}?{query}&"

    async def serve(self, request: web.Request) -> web.Response:
        attachment = self._found(request)
        if attachment is None:
            return web.Response(status=404, text=GONE)
        content_type = attachment.content_type or "application/octet-stream"
        return web.Response(body=attachment.data, headers={"Content-Type": content_type})

    def _found(self, request: web.Request) -> Attachment | None:
        expires, begun = request.query.get("ex", "0"), request.query.get("is", "0")
        attachment = self._world.attachments.get(int(request.match_info["attachment_id"]))
        if attachment is None or attachment.removed:
            return None
        signed = self._signature(attachment.id, expires, begun)
        if not hmac.compare_digest(signed, request.query.get("hm", "")):
            return None
        return attachment if int(expires, 16) > self._world.clock.now() else None

    def _signature(self, attachment_id: int, expires: str, begun: str) -> str:
        signed = f"{attachment_id} {expires} {begun}".encode()
        return hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
