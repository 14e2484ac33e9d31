"""Shares one reader of samples between the bots of all stories, since each new one would load numpy and FFmpeg."""

import asyncio
import atexit
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from bot.audio.reader import AudioReader
from bot.audio.voice_messages import VoiceMessage
from bot.models.samples import SampleReport

Result = TypeVar("Result")

MOST_READ = 8
_read: dict[bytes, tuple[SampleReport, bytes]] = {}  # most stories send the same few recordings; the oldest first


class SharedReader(AudioReader):
    """Stands in for a bot's own reader and passes everything to the shared one."""

    def __init__(self) -> None:
        super().__init__()
        self._loop, self._reader = _running_reader()

    async def read_sample(self, data: bytes) -> tuple[SampleReport, bytes]:
        if data not in _read:
            _read[data] = await self._run(self._reader.read_sample(data))
            if len(_read) > MOST_READ:
                del _read[next(iter(_read))]
        return _read[data]

    async def read_best_part(self, data: bytes) -> tuple[SampleReport, bytes]:
        return await self._run(self._reader.read_best_part(data))

    async def compact(self, *clips: bytes) -> bytes:
        return await self._run(self._reader.compact(*clips))

    async def excerpt(self, *kept: bytes) -> tuple[bytes, bool]:
        return await self._run(self._reader.excerpt(*kept))

    async def voice_message(self, frames: bytes, *, with_notice: bool) -> VoiceMessage:
        return await self._run(self._reader.voice_message(frames, with_notice=with_notice))

    async def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


@cache
def _running_reader() -> tuple[asyncio.AbstractEventLoop, AudioReader]:
    """Return the reader and its event loop, which outlives those of the stories."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="shared-reader", daemon=True)
    thread.start()

    async def opened() -> AudioReader:
        return AudioReader()

    def close() -> None:
        asyncio.run_coroutine_threadsafe(reader.aclose(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    reader = asyncio.run_coroutine_threadsafe(opened(), loop).result()
    atexit.register(close)
    return loop, reader
