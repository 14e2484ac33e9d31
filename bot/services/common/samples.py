"""What members attach becomes a sample: fetched, checked, and never more than a few in memory at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.audio.reader import AudioReader
from bot.fish_audio.client import upload_name
from bot.http.attachments import Attachment, AttachmentReader
from bot.models import Sample, SampleReport

DESKS = 4  # samples in memory at once, of 20 MiB at most; whoever comes fifth waits behind "thinking…"
LARGEST_ENCLOSED = 10 * 2**20  # bytes of a file that Discord surely lets us send


class SampleReader:
    def __init__(self, attachments: AttachmentReader, audio: AudioReader) -> None:
        self._attachments = attachments
        self._audio = audio
        self._desks = asyncio.Semaphore(DESKS)

    @asynccontextmanager
    async def reading(self, attachment: Attachment) -> AsyncGenerator[tuple[Sample, SampleReport]]:
        """The sample and the report on it, at a desk. Raises a UserError that says what is wrong with it.

        The sample is what is stored, played to whoever is heard, listened to for consent and sent to Fish Audio.
        """
        async with self._desks:
            data = await self._attachments.read(attachment)
            report, kept = await self._audio.read_sample(data)
            yield Sample(filename=upload_name(attachment.filename), data=kept), report

    async def to_hear(self, sample: Sample) -> bytes:
        """The sample as a file to enclose in a message: itself, or a compact copy where it is too large for Discord."""
        if len(sample.data) <= LARGEST_ENCLOSED:
            return sample.data
        async with self._desks:
            return await self._audio.compact(sample.data)
