"""Fetches and checks the files that members attach as samples, a few at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from hashlib import sha256

from bot.audio.reader import AudioReader
from bot.audio.refusals import (
    LEAST_SPEECH,
    MAX_SAMPLE_BYTES,
    MAX_SAMPLE_SECONDS,
    NoSpeech,
    ReaderClosed,
    TooLargeTogether,
    TooLongTogether,
)
from bot.audio.tips import overview
from bot.errors import UserError
from bot.fish_audio.client import upload_name
from bot.http.attachments import Attachment, AttachmentReader
from bot.models.samples import Clip, Overview, Sample, SampleReport
from bot.services.common.turns import Turns

DESKS = 4  # samples in memory at once, each as large as `MAX_SAMPLE_BYTES`; other members wait behind "thinking…"
LISTENED_TO = 8  # samples in memory at once, as large as those, that wait for Fish Audio to listen and need no desk
LARGEST_ENCLOSED = 10 * 2**20  # bytes of all files in a message: Discord's limit for one file without boosts


class ClipRefused(UserError):
    """One of several clips can't be used; the sentence names it."""

    def __init__(self, number: int, why: UserError) -> None:
        super().__init__(f"Clip {number}: {why}")


class SampleReader:
    def __init__(self, attachments: AttachmentReader, audio: AudioReader) -> None:
        self._attachments = attachments
        self._audio = audio
        self._desks = Turns(DESKS, "recordings")
        self._listened_to = Turns(LISTENED_TO, "recordings")

    async def read(
        self, attached: Mapping[int, Attachment], member_id: int, *, best_part: bool = False
    ) -> tuple[Sample, Overview]:
        """Return the sample and the overview of its clips. Raises a UserError that says what is wrong with one.

        `attached` has the clips by their numbers in the command. A clip that was attached twice is taken once.
        With `best_part`, a clip that is too long is cut down to its best part, and its report says how long it was.
        These clips are stored, played to the person who is heard, checked for spoken consent and sent to Fish Audio.
        """
        async with self._desks.turn(member_id):
            if len(attached) > 1 and sum(each.size for each in attached.values()) > MAX_SAMPLE_BYTES:
                raise TooLargeTogether
            return await _Reading(self._attachments, self._audio, attached, best_part=best_part).all_of_it()

    def listening(self, member_id: int) -> AbstractAsyncContextManager[None]:
        """Wait for a turn to have Fish Audio listen to a sample, and hold it inside the block. Raises TooManyAtOnce.

        The sample is read inside the block, so that a waiting request holds none in memory. Reports never wait here.
        """
        return self._listened_to.turn(member_id)

    async def excerpt(
        self, stored: Callable[[], Awaitable[Sample | None]], member_id: int
    ) -> tuple[bytes, bool] | None:
        """Return the part of a stored sample that is to be imitated, and whether that is all of it; None if it is gone.

        `stored` reads the sample only when its turn has come, so that few are in memory. Raises TooManyAtOnce.
        """
        async with self._desks.turn(member_id):
            sample = await stored()
            return None if sample is None else await self._audio.excerpt(*(clip.data for clip in sample.clips))

    async def to_hear(self, sample: Sample) -> tuple[Clip, ...]:
        """Return the clips as files for one message: unchanged, or compact copies if they are too large for Discord."""
        if sample.size <= LARGEST_ENCLOSED:
            return sample.clips
        async with self._desks.own_turn():
            return tuple([replace(clip, data=await self._audio.compact(clip.data)) for clip in sample.clips])


class _Reading:
    """Reads the clips of one sample, one after the other, so that few bytes are in memory."""

    def __init__(
        self, attachments: AttachmentReader, audio: AudioReader, attached: Mapping[int, Attachment], *, best_part: bool
    ) -> None:
        self._attachments = attachments
        self._audio = audio
        self._attached = attached
        self._best_part = best_part
        self._clips: dict[int, Clip] = {}
        self._reports: dict[int, SampleReport] = {}
        self._first_with: dict[bytes, int] = {}  # the clip with these bytes, by their hash
        self._bytes = 0  # of the files so far

    async def all_of_it(self) -> tuple[Sample, Overview]:
        repeated: list[str] = []
        for number, attachment in self._attached.items():
            try:
                same = await self._take(number, attachment)
            except (ReaderClosed, TooLargeTogether):
                raise
            except UserError as why:
                if len(self._attached) == 1:
                    raise
                raise ClipRefused(number, why) from why
            if same is not None:
                repeated.append(f"Clip {number} is the same file as clip {same}, so I take it once.")
            await self._bound()
        found = overview(self._reports)
        return Sample(tuple(self._clips.values())), replace(found, tips=(*repeated, *found.tips))

    async def _take(self, number: int, attachment: Attachment) -> int | None:
        """Read a clip. Returns the number of the earlier one if that is the same file."""
        data = await self._attachments.read(attachment)
        self._bytes += len(data)
        if self._bytes > MAX_SAMPLE_BYTES and len(self._attached) > 1:
            raise TooLargeTogether
        found = await asyncio.to_thread(_hash_of, data)
        if (same := self._first_with.setdefault(found, number)) != number:
            return same
        await self._read(number, upload_name(attachment.filename), data, best_part=self._best_part)
        return None

    async def _read(self, number: int, filename: str, data: bytes, *, best_part: bool = False) -> None:
        read = self._audio.read_best_part if best_part else self._audio.read_sample
        report, kept = await read(data)
        if report.speech is not None and report.speech < LEAST_SPEECH:
            raise NoSpeech
        self._clips[number], self._reports[number] = Clip(filename, kept), report

    async def _bound(self) -> None:
        """Keep the clips so far within the length of a sample. Raises TooLongTogether if they may not be cut."""
        while (together := sum(report.seconds for report in self._reports.values())) > MAX_SAMPLE_SECONDS:
            number, longest = max(self._reports.items(), key=lambda each: each[1].seconds)
            if not self._best_part or len(self._reports) == 1:
                raise TooLongTogether(together)
            best, _ = await self._audio.excerpt(self._clips[number].data)
            await self._read(number, self._clips[number].filename, best)
            whole = longest.whole_seconds or longest.seconds
            self._reports[number] = replace(self._reports[number], whole_seconds=whole)


def _hash_of(data: bytes) -> bytes:
    return sha256(data).digest()
