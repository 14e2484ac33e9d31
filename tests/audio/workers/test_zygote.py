"""One process forks all workers. If it ends, hangs or is told to end, the next file gets another."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from bot.audio import refusals
from bot.audio.reader import AudioReader, WorkerFailed
from tests.audio import waves
from tests.audio.workers.processes import MISBEHAVING, asking_to, children, ended, linux, threads, told, workers

pytestmark = linux


@pytest.fixture
async def misled() -> AsyncGenerator[AudioReader]:
    """A reader whose workers misbehave as the file says."""
    async with aclosing(AudioReader(worker=MISBEHAVING)) as reader:
        yield reader
    assert children() == set()


async def zygote(reader: AudioReader) -> int:
    """Return the process that forks the workers of a reader."""
    await reader.read_sample(asking_to("be fine"))
    (process_id,) = children()
    return process_id


async def test_all_files_are_read_by_forks_of_one_process(misled: AudioReader) -> None:
    first = await zygote(misled)

    await asyncio.gather(*(misled.read_sample(asking_to("be fine")) for _ in range(4)))

    assert await zygote(misled) == first
    assert workers() == set()


async def test_the_zygote_has_no_thread_that_a_fork_would_lose() -> None:
    reader = AudioReader()
    await reader.read_sample(waves.integers(waves.speech(3)).bytes())

    assert [threads(process_id) for process_id in children()] == [1]
    await reader.aclose()


def test_a_process_with_threads_is_no_zygote() -> None:
    program = """
from threading import Event, Thread
from bot.audio.confined.zygote import fork_workers
Thread(target=Event().wait, daemon=True).start()
fork_workers({})
"""
    attempt = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, check=False)

    assert b"2 threads run here, so forking is not safe" in attempt.stderr


async def test_a_zygote_that_has_ended_is_replaced(misled: AudioReader) -> None:
    first = await zygote(misled)
    os.kill(first, signal.SIGKILL)

    assert await zygote(misled) != first


async def test_a_file_whose_zygote_ends_is_not_at_fault(misled: AudioReader, capfd: pytest.CaptureFixture[str]) -> None:
    reading = asyncio.create_task(misled.read_sample(asking_to("hang")))
    await told(capfd, "hanging")
    (zygote,), (worker,) = children(), workers()

    os.kill(zygote, signal.SIGKILL)

    with pytest.raises(WorkerFailed):
        await reading
    await ended(worker)
    await misled.read_sample(asking_to("be fine"))


async def test_a_zygote_that_hangs_is_replaced(misled: AudioReader, capfd: pytest.CaptureFixture[str]) -> None:
    first = await zygote(misled)
    reading = asyncio.create_task(misled.read_sample(asking_to("hang")))
    await told(capfd, "hanging")
    os.kill(first, signal.SIGSTOP)

    reading.cancel()  # so that the zygote is to kill the worker

    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await zygote(misled) != first


async def test_a_crash_ends_the_memory_layout_that_it_tried(
    misled: AudioReader, capfd: pytest.CaptureFixture[str]
) -> None:
    first = await zygote(misled)
    other = asyncio.create_task(misled.read_sample(asking_to("hang")))
    await told(capfd, "hanging")

    with pytest.raises(refusals.Undecodable):
        await misled.read_sample(asking_to("die"))
    await misled.read_sample(asking_to("be fine"))

    assert len(children()) == 2  # the first one still sees its other file to the end
    os.kill(next(iter(children(first))), signal.SIGKILL)
    with pytest.raises(refusals.NotReadInTime):
        await other
    await ended(first)


async def test_a_host_with_no_room_for_a_worker_may_have_some_later(capfd: pytest.CaptureFixture[str]) -> None:
    async with aclosing(AudioReader(worker="tests.audio.workers.crowded_worker")) as reader:
        with pytest.raises(WorkerFailed):
            await reader.read_sample(asking_to("be fine"))

        assert len(children()) == 1  # the zygote has not ended over it
        assert "no worker could be forked: Resource temporarily unavailable" in capfd.readouterr().err
