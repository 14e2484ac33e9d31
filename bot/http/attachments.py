"""Fetches the files that members attach from Discord, up to the size of a sample."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from bot.audio.refusals import MAX_SAMPLE_BYTES, TooLarge
from bot.errors import UserError
from bot.http.bodies import AS_IT_IS, BodyTooLong, read_body
from bot.http.connections import new_client
from bot.http.user_agents import TO_DISCORD
from bot.tries import tries

FETCH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached file as the interaction describes it. Its size is checked again when it is read."""

    filename: str
    size: int  # bytes, as announced
    url: str


class NotFetched(UserError):
    def __init__(self) -> None:
        super().__init__("I could not fetch that file from Discord. Please attach it again.")


class AttachmentReader:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def read(self, attachment: Attachment) -> bytes:
        """Return the file's bytes. Raises NotFetched, or TooLarge, where possible before anything is read."""
        if attachment.size > MAX_SAMPLE_BYTES:
            raise TooLarge
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                async for attempt in tries(_may_pass, attempts=4, timeout=FETCH_SECONDS):
                    with attempt:
                        return await self._fetch(attachment.url)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            raise NotFetched from None
        raise NotFetched

    async def _fetch(self, url: str) -> bytes:
        async with self._client.stream("GET", url, headers=AS_IT_IS) as response:
            response.raise_for_status()
            try:
                return await read_body(response, MAX_SAMPLE_BYTES)
            except BodyTooLong:
                raise TooLarge from None


@asynccontextmanager
async def open_attachments() -> AsyncGenerator[AttachmentReader]:
    """Open an HTTP client. Raises UnusableProxy or UnreadableCertificates if the environment allows none."""
    timeout = httpx.Timeout(20.0, connect=10.0)
    async with new_client(timeout=timeout, headers={"User-Agent": TO_DISCORD}) as client:
        yield AttachmentReader(client)


def _may_pass(error: Exception) -> bool:
    """Return whether another try may succeed."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500 or error.response.status_code == 429
    return isinstance(error, httpx.TransportError)
