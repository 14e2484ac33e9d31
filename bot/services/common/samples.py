"""Fetches and checks the files that members attach as samples, a few at once."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from bot.audio.reader import AudioReader
from bot.audio.refusals import LEAST_SPEECH, NoSpeech
from bot.fish_audio.client import upload_name
from bot.http.attachments import Attachment, AttachmentReader
from bot.models.samples import Sample, SampleReport
from bot.services.common.turns import Turns

DESKS = 4  # samples in memory at once, each as large as `MAX_SAMPLE_BYTES`; other members wait behind "thinking…"
LISTENED_TO = 8  # samples in memory at once, as large as those, that wait for Fish Audio to listen and need no desk
LARGEST_ENCLOSED = 10 * 2**20  # bytes of a file: Discord's limit without boosts (its reference, Uploading Files)


class SampleReader:
    def __init__(self, attachments: AttachmentReader, audio: AudioReader) -> None:
        self._attachments = attachments
        self._audio = audio
        self._desks = Turns(DESKS, "recordings")
        self._listened_to = Turns(LISTENED_TO, "recordings")

    async def read(
        self, attachment: Attachment, member_id: int, *, best_part: bool = False
    ) -> tuple[Sample, SampleReport]:
        """Return the sample and the report on it. Raises a UserError that says what is wrong with it.

        With `best_part`, a recording that is too long is cut down to that, and the report says how long it was.
        These bytes are stored, played to the person who is heard, checked for spoken consent and sent to Fish Audio.
        """
        async with self._desks.turn(member_id):
            data = await self._attachments.read(attachment)
            read = self._audio.read_best_part if best_part else self._audio.read_sample
            report, kept = await read(data)
            if report.speech is not None and report.speech < LEAST_SPEECH:
                raise NoSpeech
            return Sample(filename=upload_name(attachment.filename), data=kept), report

    def listening(self, member_id: int) -> AbstractAsyncContextManager[None]:
        """Wait for a turn to have Fish Audio listen to a sample, and hold it inside the block. Raises TooManyAtOnce.

        The sample is read inside the block, so that whoever waits holds none in memory. Nobody's report waits for it.
        """
        return self._listened_to.turn(member_id)

    async def excerpt(
        self, stored: Callable[[], Awaitable[Sample | None]], member_id: int
    ) -> tuple[bytes, bool] | None:
        """Return the part of a stored sample that is to be imitated, and whether that is all of it; None if it is gone.

        `stored` reads the sample when it is the turn of whoever asked, so that few are in memory. Raises TooManyAtOnce.
        """
        async with self._desks.turn(member_id):
            sample = await stored()
            return None if sample is None else await self._audio.excerpt(sample.data)

    async def to_hear(self, sample: Sample) -> bytes:
        """Return the sample as a file for a message: unchanged, or a compact copy if it is too large for Discord."""
        if len(sample.data) <= LARGEST_ENCLOSED:
            return sample.data
        async with self._desks.own_turn():
            return await self._audio.compact(sample.data)
