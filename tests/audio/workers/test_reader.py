"""A file may make its worker hang, die, lie or look around. The bot goes on, and nothing is left behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
import uvloop
from structlog.testing import capture_logs

from bot.audio import refusals
from bot.audio.exchange import MAX_KEPT_BYTES, NoAnswer, answer_reading, reading_in
from bot.audio.reader import AudioReader, WorkerFailed
from bot.audio.worker import Worker
from tests.audio import waves
from tests.audio.workers.misbehaving_worker import FINE
from tests.audio.workers.processes import MISBEHAVING, asking_to, children, linux, told, workers

PLAIN = waves.integers(waves.speech(5)).bytes()
FINE_ANSWER = answer_reading(FINE, b"", sample_rate=16_000)


@pytest.fixture
async def misled() -> AsyncGenerator[AudioReader]:
    """A reader whose workers misbehave as the file says."""
    reader = AudioReader(worker=MISBEHAVING)
    yield reader
    await reader.aclose()


async def test_many_files_are_read_a_few_at_a_time() -> None:
    reader = AudioReader(at_once=2)

    reports = await asyncio.gather(*(reader.read_sample(PLAIN) for _ in range(3)))

    assert {report.seconds for report, _ in reports} == {5.0}
    await reader.aclose()


def test_reading_works_with_uvloop() -> None:
    async def read_and_give_up() -> None:
        reader = AudioReader(worker=MISBEHAVING, time_limit=0.1)
        with pytest.raises(refusals.NotReadInTime):
            await reader.read_sample(asking_to("hang"))
        await reader.aclose()
        async with aclosing(AudioReader()) as reader:
            assert (await reader.read_sample(PLAIN))[0].seconds == 5.0

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(read_and_give_up())


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    async with aclosing(AudioReader(worker=MISBEHAVING, time_limit=0.1)) as reader:
        with pytest.raises(refusals.NotReadInTime, match=r"not be read in time; export it again as a plain 16-bit"):
            await reader.read_sample(asking_to("hang"))


async def test_a_worker_without_memory_did_not_read_in_time(misled: AudioReader) -> None:
    with pytest.raises(refusals.NotReadInTime):
        await misled.read_sample(asking_to("take all memory"))


@linux
async def test_a_worker_that_the_kernel_kills_did_not_read_in_time(
    misled: AudioReader, capfd: pytest.CaptureFixture[str]
) -> None:
    reading = asyncio.create_task(misled.read_sample(asking_to("hang")))
    await told(capfd, "hanging")

    os.kill(workers().pop(), signal.SIGKILL)

    with pytest.raises(refusals.NotReadInTime):
        await reading


async def test_a_worker_whose_line_has_closed_between_two_pieces_gives_no_answer() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        output, line = await asyncio.open_connection(sock=ours)
        ended = asyncio.get_running_loop().create_future()
        ended.set_result(1)
        line.transport.abort()
        await line.wait_closed()

        assert await Worker(output, line, kill=lambda: None, ended=ended).ask(PLAIN) == b""


@linux
@pytest.mark.parametrize("forks", [True, False])
async def test_memory_is_limited_while_reading(forks: bool) -> None:
    """The libraries leave less memory than the sample needs."""
    stereo = waves.Wav(sound=waves.noise(13, rate=192_000).tobytes()[: 19 * 2**20], rate=96_000, channels=2)

    async with aclosing(AudioReader(memory_limit=200 * 2**20, forks=forks)) as reader:
        with pytest.raises(refusals.NotReadInTime):
            await reader.read_sample(stereo.bytes())


@pytest.mark.parametrize("behaviour", ["die", "flood", "half an answer"])
async def test_an_unreadable_answer_of_a_worker_is_logged_and_the_file_refused(
    misled: AudioReader, behaviour: str
) -> None:
    with capture_logs() as logs, pytest.raises(refusals.Undecodable):
        await misled.read_sample(asking_to(behaviour))

    assert [entry["event"] for entry in logs] == ["audio worker gave no answer"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"figures": {}}',
        '{"figures": {"seconds": NaN}}',
        '{"refused": "ReaderClosed", "figures": []}',
        '{"refused": "TooShort", "figures": ["@everyone"]}',
        '{"refused": "TooShort", "figures": [1, 2, 3]}',
        '{"refused": ["TooShort"], "figures": []}',
        '{"refused": "Undecodable", "figures": [1e400]}',
        "[" * 4_000,
        "9" * 4_000,
        "\xff",
        FINE_ANSWER.decode().replace('"clipped": 0', '"clipped": 7'),
        FINE_ANSWER.decode().replace('"kept": 0', '"kept": -2'),
        FINE_ANSWER.decode().replace('"kept": 0', '"kept": 3'),
        FINE_ANSWER.decode().replace('"kept": 0', f'"kept": {MAX_KEPT_BYTES + 2}'),
        FINE_ANSWER.decode().replace('"rate": 16000', '"rate": 44101'),
        FINE_ANSWER.decode().replace('"rate": 16000', '"rate": 16000.0'),
        FINE_ANSWER.decode().replace('"seconds": 5', '"seconds": true'),
        FINE_ANSWER.decode().replace('"whole": null', '"whole": "long"'),
        FINE_ANSWER.decode().replace('"whole": null', '"whole": NaN'),
    ],
)
def test_an_impossible_answer_of_a_worker_is_refused(answer: str) -> None:
    with pytest.raises(NoAnswer):
        reading_in(answer.encode("latin-1"))


def test_the_kernel_limits_processor_time() -> None:
    program = f"""
from bot.audio.confined.confinement import confine
confine(cpu_seconds=1, memory_bytes={2**30})
while True: pass
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL


async def test_a_worker_sees_no_secret(
    misled: AudioReader, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    monkeypatch.setenv("FISH_API_KEY", "secret")

    await misled.read_sample(asking_to("show the environment"))

    seen = set(capfd.readouterr().err.strip().split(", "))
    assert {"PYTHONPATH"} <= seen <= {"LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONPATH"}


async def test_a_worker_can_open_neither_files_nor_sockets(
    misled: AudioReader, capfd: pytest.CaptureFixture[str]
) -> None:
    await misled.read_sample(asking_to("look around"))

    assert capfd.readouterr().err.strip() == "computing"


@pytest.mark.parametrize("forks", [pytest.param(True, marks=linux), False])
async def test_nothing_of_one_file_reaches_the_next(forks: bool, capfd: pytest.CaptureFixture[str]) -> None:
    reader = AudioReader(worker=MISBEHAVING, forks=forks)

    await reader.read_sample(asking_to("leave a trace"))
    await reader.read_sample(asking_to("leave a trace"))

    assert capfd.readouterr().err.split() == []
    await reader.aclose()


@pytest.mark.parametrize("forks", [pytest.param(True, marks=linux), False])
@pytest.mark.parametrize("moment", [0, 0.01, 0.1, 0.4, 0.9])
async def test_giving_up_leaves_no_process_whatever_the_moment(moment: float, forks: bool) -> None:
    before = children()
    reader = AudioReader(worker=MISBEHAVING, forks=forks)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read_sample(asking_to("hang")), moment)

    assert workers() == set()
    await reader.aclose()
    assert children() == before


@pytest.mark.parametrize("moment", [0, 0.9])
async def test_closing_ends_all_reading(misled: AudioReader, moment: float) -> None:
    before = children()
    readings = [asyncio.create_task(misled.read_sample(asking_to("hang"))) for _ in range(3)]
    await asyncio.wait(readings, timeout=moment)

    await misled.aclose()

    assert children() == before
    for reading in readings:
        with pytest.raises(refusals.ReaderClosed, match="restarting"):
            await reading
    with pytest.raises(refusals.ReaderClosed):
        await misled.read_sample(PLAIN)


@pytest.mark.parametrize("forks", [pytest.param(True, marks=linux), False])
async def test_where_no_worker_can_start_the_file_is_not_blamed(forks: bool, capfd: pytest.CaptureFixture[str]) -> None:
    reader = AudioReader(worker="tests.no_such_worker", forks=forks)

    with pytest.raises(WorkerFailed, match="no worker started"):
        await reader.read_sample(PLAIN)

    assert "No module named" in capfd.readouterr().err
    await reader.aclose()


def test_a_killed_bot_leaves_no_worker() -> None:
    """The pipe of stderr stays open while the bot or its worker lives, so it ends only when both have ended."""
    bot = f"""
import asyncio
from bot.audio.reader import AudioReader
asyncio.run(AudioReader(worker={MISBEHAVING!r}, time_limit=600).read_sample({asking_to("hang")!r}))
"""
    with subprocess.Popen([sys.executable, "-c", bot], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"hanging\n"
        process.kill()
        assert process.stderr.read() == b""


def test_the_bots_own_process_loads_nothing_that_only_others_need() -> None:
    """Decoders, charts, PostgreSQL and the server for `/healthz` are megabytes each."""
    program = """
import importlib, sys
import bot.__main__
from bot.discord.client import EXTENSIONS
for extension in EXTENSIONS:
    importlib.import_module(extension)
print(*sorted({"numpy", "av", "PIL", "asyncpg", "aiohttp.web", "cryptography", "sandbox"} & set(sys.modules)))
"""

    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert loaded.stdout.split() == []
