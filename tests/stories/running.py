"""The bot, run in the story's own process where time can be made to pass, or as a process that can be killed."""

import asyncio
import contextlib
import os
import resource
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path

from bot.app import serve
from bot.clock import SECOND, Clock
from bot.settings import Settings
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio

ROOT = Path(__file__).parents[2]


class TravelClock(Clock):
    """The time, with leaps forward, and a machine whose clock may be set back."""

    def __init__(self) -> None:
        self._ahead = 0
        self._set_back = 0
        self._leapt = asyncio.Event()

    def now(self) -> int:
        return self._passed() - self._set_back

    def forward(self, *, seconds: float) -> None:
        self._ahead += int(seconds * SECOND)
        self._leapt.set()
        self._leapt = asyncio.Event()

    def is_set_back(self, *, seconds: float) -> None:
        """The machine shows an earlier hour from now on; whoever sleeps does not notice."""
        self._set_back += int(seconds * SECOND)

    async def sleep(self, seconds: float) -> None:
        moment = self._passed() + int(seconds * SECOND)
        while (left := moment - self._passed()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left / SECOND):
                    await self._leapt.wait()

    def _passed(self) -> int:
        return super().now() + self._ahead


def settings_for(discord: Discord, fish: FishAudio, folder: Path, changes: Mapping[str, object]) -> dict[str, object]:
    return {
        "discord_token": discord.token,
        "fish_api_key": fish.key,
        "discord_api_url": discord.api_url,
        "discord_gateway_url": discord.gateway_url,
        "fish_api_url": fish.url,
        "database_url": f"sqlite:///{folder}/mynah.db",
        "training_poll_seconds": 0.1,
        **changes,
    }


class BotHere:
    """The bot built and run by `bot.app.serve`, in the story's own event loop."""

    def __init__(self, discord: Discord, fish: FishAudio, folder: Path, changes: Mapping[str, object]) -> None:
        self._discord = discord
        self._settings = settings_for(discord, fish, folder, changes)
        self._task: asyncio.Task[None] | None = None
        self.clock = TravelClock()
        self.database = folder / "mynah.db"

    async def starts(self) -> None:
        """Start, and return when it can be used. Raises what a start that cannot work raises."""
        settings = Settings(_env_file=None, **self._settings)  # type: ignore[arg-type]
        running = self._task = asyncio.create_task(serve(settings, self.clock), name="bot")
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
        """Let time pass for the bot and for Discord."""
        total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        self._discord.clock.forward(seconds=total)
        self.clock.forward(seconds=total)


class BotProcess:
    """`python -m bot`, with nothing but its environment."""

    def __init__(self, discord: Discord, fish: FishAudio, folder: Path, changes: Mapping[str, object]) -> None:
        self._discord = discord
        self._environment = {
            "PATH": os.environ["PATH"],
            **{name.upper(): str(value) for name, value in settings_for(discord, fish, folder, changes).items()},
        }
        self._process: Process | None = None
        self._log = folder / "bot.log"
        self._folder = folder
        self.clock = Clock()
        self.database = folder / "mynah.db"

    async def starts(self, *words: str, **changes: object) -> None:
        """Start it, without waiting for anything."""
        environment = {**self._environment, **{name.upper(): str(value) for name, value in changes.items()}}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *words),
                env={**environment, "PYTHONPATH": str(ROOT)},
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )

    async def is_up(self, *, beside: int = 0, **changes: object) -> None:
        """Start it, and return when it can be used, `beside` so many connections of another bot."""
        await self.starts(**changes)
        await self._discord.until_ready(beside=beside)

    async def is_killed(self, *, beside: int = 0) -> None:
        """kill -9, if it still runs; `beside` so many connections of another bot."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
            await self._discord.until_gone(but=beside)

    def is_asked_to_stop(self, request: signal.Signals = signal.SIGTERM) -> None:
        assert self._process is not None
        self._process.send_signal(request)

    async def exit_code(self) -> int:
        """Wait for it to end by itself."""
        assert self._process is not None
        async with asyncio.timeout(30):
            return await self._process.wait()

    @property
    def memory(self) -> int:
        """Bytes of real memory that it uses now."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    def may_write_files_of(self, size: int = resource.RLIM_INFINITY) -> None:
        """Let no file of its grow larger than `size` bytes, as if the disk were full."""
        assert self._process is not None
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    @property
    def output(self) -> str:
        """Everything it has written to the terminal so far."""
        return self._log.read_text() if self._log.exists() else ""
