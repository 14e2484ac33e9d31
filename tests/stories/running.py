"""Runs the bot: in the story's own process, where time can be moved, or as a process that can be killed."""

import asyncio
import contextlib
import math
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import CodeType
from typing import Any

from discord.ext import tasks
from pydantic import BaseModel

from bot.app import serve
from bot.clock import DAY, SECOND, Alarm, Clock
from bot.settings import Settings
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.databases.new_database import make_database
from tests.stories.bots.forking import fork_bot, until_ended
from tests.stories.bots.shared_reader import SharedReader
from tests.stories.stored import place_of

ROOT = Path(__file__).parents[2]
LONGEST_WAIT = 30  # seconds of real time after which a story gives up on what it waits for

# The names of the tasks that answer an interaction, handle a gateway event or do a job of a background worker.
AT_WORK = ("CommandTree-invoker", "discord.py: ", "discord-ui-", "job-")
IMMINENT = SECOND // 10  # a worker that wakes within this many milliseconds still has something to do
SETTLING = 10  # turns of the event loop within which a worker that was woken has begun to work


class TravelClock(Clock):
    """A clock that a story moves forward, and that it can set as a host does.

    A leap does not shorten the time that a block inside `at_most` has left, unless the story says that the block hangs
    for all that time.
    """

    def __init__(self, on_sleep: Callable[[], None] = lambda: None) -> None:
        """Call `on_sleep` each time a task begins to sleep, which means that it has done its work."""
        self._ahead = 0
        self._hung = 0
        self._set_ahead = 0
        self._wrong = 0
        self._leapt = asyncio.Event()
        self._on_sleep = on_sleep
        self._wake_ups: list[int] = []

    def now(self) -> int:
        return super().now() + self._ahead + self._set_ahead

    def machine(self) -> int:
        return super().machine() + self._wrong

    def monotonic(self) -> int:
        return super().monotonic() + self._ahead

    def forward(self, *, seconds: float, hanging: bool = False) -> None:
        """Leap. With `hanging`, running work takes all that time."""
        self._ahead += int(seconds * SECOND)
        if hanging:
            self._hung += int(seconds * SECOND)
        self._leapt.set()
        self._leapt = asyncio.Event()

    def is_set(self, *, ahead: float) -> None:
        """Set the hour so many seconds ahead or back. Sleepers wake at the same moment as before."""
        self._set_ahead += int(ahead * SECOND)

    def leaps(self, *, days: float) -> None:
        """Have the machine show a time that is so many days off, as if its battery were empty."""
        self._wrong += int(days * DAY)

    async def sleep(self, seconds: float) -> None:
        moment = self.monotonic() + int(seconds * SECOND)
        self._wake_ups.append(moment)
        self._on_sleep()
        try:
            await self._until(moment, self.monotonic)
        finally:
            self._wake_ups.remove(moment)

    async def _end_after(self, seconds: float, timeout: asyncio.Timeout) -> None:
        await self._until(self._worked() + int(seconds * SECOND), self._worked)
        timeout.reschedule(0)

    @property
    def next_wake_up(self) -> float:
        """Return in how many milliseconds the first sleeper will wake."""
        return min(self._wake_ups, default=math.inf) - self.monotonic()

    async def _until(self, moment: int, passed: Callable[[], int]) -> None:
        while (left := moment - passed()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left / SECOND):
                    await self._leapt.wait()

    def _worked(self) -> int:
        """Return the time by which deadlines of work are measured."""
        return super().monotonic() + self._hung


def settings_for(discord: Discord, fish: FishAudio, folder: Path, changes: Mapping[str, object]) -> dict[str, object]:
    return {
        "discord_token": discord.token,
        "fish_api_key": fish.key,
        "discord_api_url": discord.api_url,
        "discord_gateway_url": discord.gateway_url,
        "fish_api_url": fish.url,
        "database_url": f"sqlite:///{folder}/mynah.db",
        "training_poll_seconds": 0.1,
        "sound_cache_megabytes": 0,  # stories say the same words again and again
        **changes,
    }


class _Given(Settings):
    """Settings that leave the environment and `.env` aside, and so the time that it takes to look there."""

    def __init__(self, **given: Any) -> None:
        BaseModel.__init__(self, **given)


class BotHere:
    """The bot built and run by `bot.app.serve`, in the story's own event loop."""

    def __init__(self, discord: Discord, fish: FishAudio, folder: Path, changes: Mapping[str, object]) -> None:
        self._discord = discord
        self._settings = settings_for(discord, fish, folder, changes)
        self._task: asyncio.Task[None] | None = None
        self._stirred = asyncio.Event()  # a worker has done something and sleeps
        self.clock = TravelClock(self._stirred.set)
        self.database = folder / "mynah.db"
        self.place = place_of(str(self._settings["database_url"]))  # also if that is no file

    async def starts(self) -> None:
        """Start, and return when the bot can be used. Raises what keeps it from starting."""
        settings = _Given.model_validate(self._settings)
        if settings.database_url == f"sqlite:///{self.database}":
            make_database(self.database)
        running = self._task = asyncio.create_task(serve(settings, self.clock, SharedReader()), name="bot")
        ready = asyncio.create_task(self._discord.until_ready())
        await asyncio.wait((ready, running), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
            running.result()
        await ready

    async def stops(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            await self._discord.until_gone()

    async def restarts(self) -> None:
        await self.stops()
        await self.starts()

    def time_passes(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass for the bot and for Discord, but not for running work."""
        total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        self._discord.clock.forward(seconds=total)
        self.clock.forward(seconds=total)

    def hangs(self, *, seconds: float) -> None:
        """Let time pass while running work hangs; the bot cancels work that lasts too long."""
        self._discord.clock.forward(seconds=seconds)
        self.clock.forward(seconds=seconds, hanging=True)

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once the condition holds. It is checked each time the bot has done something."""

        async def holds() -> object:
            return condition()

        await self.until_seen(holds)

    async def until_seen(self, look: Callable[[], Awaitable[object]]) -> None:
        """Return once `look` finds something. Unlike the condition of `until`, `look` may use the bot."""
        async with asyncio.timeout(LONGEST_WAIT):
            while True:
                self._stirred.clear()
                before = _at_work()
                if await look():
                    return
                await _ended(_at_work() - before)  # what answered the look itself
                await self._stirs()

    async def rests(self) -> None:
        """Return once the bot has answered everybody and its workers have done all that is due now.

        For stories in which no request is held up, since a bot that waits for an answer does not rest.
        """
        async with asyncio.timeout(LONGEST_WAIT):
            quiet = 0
            while quiet < SETTLING:
                self._stirred.clear()
                if self._is_busy():
                    quiet = 0
                    await self._stirs()
                else:
                    quiet += 1
                    await asyncio.sleep(0)

    def _is_busy(self) -> bool:
        return bool(_at_work()) or self.clock.next_wake_up < IMMINENT or not all(map(_waits_for_work, _workers()))

    async def _stirs(self) -> None:
        """Wait until a worker sleeps again, or until another task of the bot has ended."""
        stirred = asyncio.ensure_future(self._stirred.wait())
        try:
            await asyncio.wait((stirred, *_at_work()), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stirred.cancel()


async def _ended(work: Collection[asyncio.Task[Any]]) -> None:
    if work:
        await asyncio.wait(work)


def _at_work() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task.get_name().startswith(AT_WORK)}


def _workers() -> list[asyncio.Task[Any]]:
    """Return the tasks of the background workers."""
    loop = tasks.Loop[Any]._loop.__code__  # surer than a task's name
    return [task for task in asyncio.all_tasks() if loop in _awaited_by(task)]


def _waits_for_work(worker: asyncio.Task[Any]) -> bool:
    return Alarm.wait_until.__code__ in _awaited_by(worker)


def _awaited_by(task: asyncio.Task[Any]) -> Iterator[CodeType]:
    """Yield the code that a task runs now, from the outermost coroutine to the innermost."""
    running: Any = task.get_coro()
    while (code := getattr(running, "cr_code", None)) is not None:
        yield code
        running = running.cr_await


class BotProcess:
    """Runs `python -m bot`, configured by its environment only."""

    def __init__(self, discord: Discord, fish: FishAudio, folder: Path, changes: Mapping[str, object]) -> None:
        self._discord = discord
        self._environment = {
            "PATH": os.environ["PATH"],
            **{name.upper(): str(value) for name, value in settings_for(discord, fish, folder, changes).items()},
        }
        self._process: ForkServerProcess | None = None
        self._log = folder / "bot.log"
        self._folder = folder
        self.clock = Clock()
        self.database = folder / "mynah.db"
        self.place = place_of(self._environment["DATABASE_URL"])

    async def starts(self, *words: str, **changes: object) -> None:
        """Start the process, without waiting for anything."""
        environment = {**self._environment, **{name.upper(): str(value) for name, value in changes.items()}}
        self._process = fork_bot(words, environment=environment, folder=self._folder, output=self._log)

    async def is_up(self, *, beside: int = 0, **changes: object) -> None:
        """Start the bot, and return when it can be used. `beside` counts the gateway connections of other processes."""
        if self._environment["DATABASE_URL"] == f"sqlite:///{self.database}":
            make_database(self.database)
        await self.starts(**changes)
        await self._discord.until_ready(beside=beside)

    async def is_killed(self, *, beside: int = 0) -> None:
        """Kill the process with -9, if it runs. `beside` counts the gateway connections of other processes."""
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            await until_ended(self._process)
            await self._discord.until_gone(but=beside)

    def is_asked_to_stop(self, request: signal.Signals = signal.SIGTERM) -> None:
        assert self._process is not None
        assert self._process.pid is not None
        os.kill(self._process.pid, request)

    async def exit_code(self) -> int:
        """Wait until the process ends by itself, and return its exit code."""
        assert self._process is not None
        async with asyncio.timeout(30):
            return await until_ended(self._process)

    @property
    def memory(self) -> int:
        """Return the bytes of real memory that the process uses now."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    def may_write_files_of(self, size: int = resource.RLIM_INFINITY) -> None:
        """Let no file of the process grow larger than `size` bytes, as if the disk were full."""
        assert self._process is not None
        assert self._process.pid is not None
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    @property
    def output(self) -> str:
        """Return everything that the process has written so far."""
        return self._log.read_text() if self._log.exists() else ""
