"""Forks `python -m bot` from a process that has imported the bot already, which spares each a second of computing.

`tests/stories/hosting/starting/test_starting.py`, `tests/page/test_serving.py` and `tests/sandbox/test_demo.py` start
it as hosts do.
"""

import asyncio
import contextlib
import multiprocessing
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.__main__ import main
from bot.http.certificates import trusted
from tests.databases.new_database import make_database
from tests.stories.bots.early_zygote import fork_zygote

ROOT = Path(__file__).parents[3]
WARMED_UP = "tests.stories.bots.warmed_up"
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["bot.__main__", "uvloop", WARMED_UP])

CERTIFICATE_SETTINGS = {"SSL_CERT_FILE", "SSL_CERT_DIR"}  # those of this process are read already


def fork_bot(words: Sequence[str], *, environment: Mapping[str, str], folder: Path, output: Path) -> ForkServerProcess:
    """Start the bot with this environment and no other, and append what it writes to `output`, warnings included."""
    with contextlib.chdir(ROOT):  # Python 3.11 leaves out a module that it does not find from there, and says nothing
        forkserver.ensure_running()
    process = CONTEXT.Process(target=_run, args=(tuple(words), dict(environment), folder, output))
    process.start()
    return process


async def until_ended(process: ForkServerProcess) -> int:
    """Return the exit code; minus the number of the signal if one ended the process."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join()
    assert process.exitcode is not None
    return process.exitcode


class ForkedBot:
    """A forked bot as asyncio shows a process that it has started."""

    def __init__(self, process: ForkServerProcess, stdout: asyncio.StreamReader) -> None:
        self._process = process
        self.stdout = stdout

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> int:
        return await until_ended(self._process)


async def start_forked_bot(environment: Mapping[str, str], folder: Path) -> ForkedBot:
    """Start the bot for the sandbox, and hand on all that it writes."""
    make_database(folder / "mynah.db")
    loop = asyncio.get_running_loop()
    with TemporaryDirectory() as place:
        pipe = Path(place, "output")
        os.mkfifo(pipe)
        process = fork_bot((), environment=environment, folder=folder, output=pipe)
        reading = await asyncio.to_thread(pipe.open, "rb", buffering=0)  # returns when the bot has opened it
    stdout = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), reading)
    return ForkedBot(process, stdout)


def _run(words: Sequence[str], environment: Mapping[str, str], folder: Path, output: Path) -> None:
    if WARMED_UP not in sys.modules:
        raise RuntimeError("the process that forks bots is not warmed up, and a confined worker loads nothing")
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    log = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
        assert isinstance(stream, TextIOWrapper)
        stream.reconfigure(line_buffering=True)
    os.close(log)
    sys.argv = ["bot", *words]
    if environment.keys() & CERTIFICATE_SETTINGS:
        trusted.cache_clear()
    if not words:
        fork_zygote()
    warnings.simplefilter("default")
    main()
