"""One reader of samples for the bots of all stories, because each new one would have to load numpy and FFmpeg first."""

import asyncio
import atexit
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from bot.audio.reader import AudioReader
from bot.models import SampleReport

Result = TypeVar("Result")


class SharedReader(AudioReader):
    """What one bot has in place of a reader of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._loop, self._reader = _running_reader()

    async def read_sample(self, data: bytes) -> tuple[SampleReport, bytes]:
        return await self._run(self._reader.read_sample(data))

    async def compact(self, data: bytes) -> bytes:
        return await self._run(self._reader.compact(data))

    async def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


@cache
def _running_reader() -> tuple[asyncio.AbstractEventLoop, AudioReader]:
    """The reader and the event loop it runs in, which outlives those of the stories."""
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
