"""Has a member's recording read in another process, which may crash, hang or be taken over without harm to the bot."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import structlog

from bot.audio.exchange import (
    COPY,
    COPY_RATE,
    EXCERPT,
    OUT_OF_MEMORY,
    READ,
    READ_BEST_PART,
    SPEAK,
    SPEAK_WITH_NOTICE,
    ExcerptAnswer,
    NoAnswer,
    Reading,
    copied_bytes_in,
    excerpt_in,
    reading_in,
)
from bot.audio.kinds import refuse_at_sight
from bot.audio.pieces import joined
from bot.audio.refusals import NotReadInTime, ReaderClosed, SampleRefused, Undecodable
from bot.audio.riff import mono_head
from bot.audio.tips import report
from bot.audio.voice_messages import NotEncoded, VoiceMessage, announced_in, voice_message_of
from bot.audio.worker import FreshWorkers, Task, Worker, Workers
from bot.models.samples import SampleReport

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

_START_SECONDS = 30.0  # a worker is ready within one, but the host may be busy with something else

_PAUSE = bytes(COPY_RATE)  # half a second of 16 bits each: no word of one clip runs into one of the next

_ENDED_BY_LIMITS = frozenset({OUT_OF_MEMORY, -signal.SIGKILL, -signal.SIGXCPU})


class WorkerFailed(Exception):
    """No worker could be started, or it was lost: the host's trouble, not the file's."""


class AudioReader:
    """Reads samples, each in a new process that sees nothing else and cannot exceed its limits.

    `time_limit` is in seconds for one file. `memory_limit` is in bytes of address space, of which the libraries
    alone take a third. `at_once` files are read at a time, and as many voice messages are made beside them; the others
    wait. `worker` is the module that the workers run. With `forks`, for systems where forking is safe, they are forks
    of one process that has loaded it.
    """

    def __init__(
        self,
        *,
        time_limit: float = 20.0,
        memory_limit: int = 768 * 2**20,
        at_once: int = 2,
        worker: str = "bot.audio.confined.worker",
        forks: bool = sys.platform == "linux",
    ) -> None:
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._at_once = at_once
        self._workers = _workers(worker, forks=forks)
        self._turns = asyncio.Semaphore(at_once)
        self._speaking = asyncio.Semaphore(at_once)  # of its own, so that `/say` never waits for slow recordings
        self._running: set[Worker] = set()
        self._closed = False

    async def read_sample(self, data: bytes) -> tuple[SampleReport, bytes]:
        """Return the report on a sample, and the WAV to keep: 16-bit PCM in mono that every reader understands.

        A file that is such a WAV already is kept as it is. Raises the SampleRefused that says what is wrong with
        the file, or WorkerFailed or OSError if no worker can be started.
        """
        return await self._read(READ, data)

    async def read_best_part(self, data: bytes) -> tuple[SampleReport, bytes]:
        """Do the same, but keep the best 20 to 30 seconds of a recording that is too long for a sample.

        The report then says how long the whole is. Raises TooLong beyond 15 minutes.
        """
        return await self._read(READ_BEST_PART, data)

    async def _read(self, job: str, data: bytes) -> tuple[SampleReport, bytes]:
        async def reading(worker: Worker) -> tuple[Reading, bytes]:
            answer = reading_in(await worker.ask(data))
            return answer, await worker.more(answer.sound_bytes)

        answer, sound = await self._answer(job, data, reading)
        found = replace(report(answer.figures), whole_seconds=answer.whole_seconds)
        return found, await _wav(sound, answer.sample_rate) if sound else data

    async def compact(self, *clips: bytes) -> bytes:
        """Return the sound of the clips as one mono 16-bit WAV of 16 kHz, with a pause between two clips.

        For a sample it has at most 7.7 MB. Raises what `read_sample` raises.
        """
        sounds: list[bytes] = []
        for data in clips:
            sounds += [_PAUSE] if sounds else []
            sounds.append(await self._copied(data))
        return await joined((mono_head(sum(map(len, sounds)), sample_rate=COPY_RATE), *sounds))

    async def _copied(self, data: bytes) -> bytes:
        async def sound(worker: Worker) -> bytes:
            return await worker.more(copied_bytes_in(await worker.ask(data)))

        return await self._answer(COPY, data, sound)

    async def excerpt(self, *kept: bytes) -> tuple[bytes, bool]:
        """Return the best 20 to 30 seconds of a WAV that `read_sample` kept, as a WAV; a shorter one is taken whole.

        Of several WAVs it takes the part with the most speech. Returns also whether nothing was left out.
        Raises what `read_sample` raises.
        """
        parts = [await self._part(wav) for wav in kept]
        answer, wav = max(parts, key=lambda part: part[0].spoken_seconds)
        return wav, answer.is_whole and len(kept) == 1

    async def _part(self, kept: bytes) -> tuple[ExcerptAnswer, bytes]:
        async def part(worker: Worker) -> tuple[ExcerptAnswer, bytes]:
            answer = excerpt_in(await worker.ask(kept))
            return answer, await _wav(await worker.more(answer.sound_bytes), answer.sample_rate)

        return await self._answer(EXCERPT, kept, part)

    async def voice_message(self, frames: bytes, *, with_notice: bool) -> VoiceMessage:
        """Return MP3 frames as a voice message, which `with_notice` begins with the spoken one. Raises NotEncoded."""

        async def encoded(worker: Worker) -> VoiceMessage:
            announced = announced_in(await worker.ask(frames))
            return voice_message_of(announced, await worker.more(announced.size))

        try:
            return await self._asked(self._speaking, SPEAK_WITH_NOTICE if with_notice else SPEAK, encoded)
        except (SampleRefused, WorkerFailed, OSError) as error:
            raise NotEncoded(type(error).__name__) from error

    async def aclose(self) -> None:
        """End all reading now; calls that are still waiting raise ReaderClosed."""
        self._closed = True
        for worker in self._running:
            worker.kill()
        for turns in (self._turns, self._speaking):
            for _ in range(self._at_once):  # a request that still has its turn waits for its worker to end
                await turns.acquire()
            for _ in range(self._at_once):
                turns.release()
        await self._workers.aclose()

    async def _answer(self, job: str, data: bytes, ask: Callable[[Worker], Awaitable[Answer]]) -> Answer:
        """Return what `ask` gets from a worker about a file."""
        refuse_at_sight(data)
        return await self._asked(self._turns, job, ask)

    async def _asked(self, turns: asyncio.Semaphore, job: str, ask: Callable[[Worker], Awaitable[Answer]]) -> Answer:
        async with self._turn(turns):
            for _ in range(2):  # the zygote may have ended since it was last needed; the second try has a new one
                async with self._worker(job) as worker:
                    if await self._is_ready(worker):
                        return await self._answer_in_time(worker, ask)
            raise WorkerFailed("no worker started")

    async def _answer_in_time(self, worker: Worker, ask: Callable[[Worker], Awaitable[Answer]]) -> Answer:
        try:
            async with asyncio.timeout(self._time_limit):
                return await ask(worker)
        except TimeoutError:
            raise NotReadInTime from None
        except NoAnswer as error:
            if worker.is_lost:
                raise WorkerFailed("the worker was lost") from None
            if worker.exit_code in _ENDED_BY_LIMITS:
                raise NotReadInTime from None
            log.warning("audio worker gave no answer", exit_code=worker.exit_code, problem=str(error))
            self._workers.renew()
            raise Undecodable from error

    @asynccontextmanager
    async def _turn(self, turns: asyncio.Semaphore) -> AsyncGenerator[None]:
        async with turns:
            if self._closed:
                raise ReaderClosed
            try:
                yield
            except Exception:
                if self._closed:  # it failed because its worker was ended
                    raise ReaderClosed from None
                raise

    @asynccontextmanager
    async def _worker(self, job: str) -> AsyncGenerator[Worker]:
        """Start a worker for one question, and end it when the block is left. Raises ReaderClosed or OSError."""
        # Processor time includes the start. Its limit is for the case that we cannot end the worker ourselves.
        cpu_seconds = self._time_limit + _START_SECONDS
        worker = await self._workers.start(Task(job=job, cpu_seconds=cpu_seconds, memory_bytes=self._memory_limit))
        self._running.add(worker)
        try:
            if self._closed:  # while it was being started
                raise ReaderClosed
            yield worker
        finally:
            self._running.discard(worker)
            await worker.end()

    async def _is_ready(self, worker: Worker) -> bool:
        try:
            async with asyncio.timeout(_START_SECONDS):
                return await worker.is_ready()
        except TimeoutError:
            return False


async def _wav(sound: bytes, sample_rate: int) -> bytes:
    return await joined((mono_head(len(sound), sample_rate=sample_rate), sound))


def _workers(module: str, *, forks: bool) -> Workers:
    if forks:
        from bot.audio.zygote import ForkedWorkers  # it needs functions of `socket` that not every system has

        return ForkedWorkers(module)
    return FreshWorkers(module)
