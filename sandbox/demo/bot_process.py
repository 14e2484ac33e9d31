"""Runs the bot as its host does: as a process that gets all its settings from the environment."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from sandbox.page.bot_process import Process

ROOT = Path(__file__).parents[2]
_STOPPING_SECONDS = 10.0
_LOG_TAIL = 20  # lines

# Starts the bot with an environment, in a folder; what it writes goes to the end of a file.
StartBot: TypeAlias = Callable[[Mapping[str, str], Path, Path], Awaitable[Process]]


class BotDied(Exception):
    """The bot ended while the story was being told."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"The bot ended by itself, with exit code {exit_code}.")


class BotProcess:
    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def log_tail(self) -> str:
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL:]) or "(it wrote nothing)"

    async def while_running(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work while the bot runs. Raises what the work raises, or BotDied if the bot ends first."""
        working = asyncio.ensure_future(work)
        dying = asyncio.ensure_future(self._process.wait())
        try:
            await asyncio.wait((working, dying), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise BotDied(dying.result())
            working.result()
        finally:
            working.cancel()
            dying.cancel()
            await asyncio.gather(working, dying, return_exceptions=True)

    async def ends(self) -> None:
        """Ask it to stop; kill it if it does not, or if this is cancelled."""
        try:
            if self._process.returncode is None:
                self._process.terminate()
                async with asyncio.timeout(_STOPPING_SECONDS):
                    await self._process.wait()
        except TimeoutError:
            pass
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()


async def start_bot(environment: Mapping[str, str], folder: Path, log: Path) -> Process:
    """Start the bot as hosts do."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bot"),
            env=environment,
            cwd=folder,
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
        )


@asynccontextmanager
async def running_bot(discord: Discord, fish: FishAudio, folder: Path, start: StartBot) -> AsyncGenerator[BotProcess]:
    """Start the bot with its database and its log in `folder`, and end it when the block is left."""
    log = folder / "bot.log"
    bot = BotProcess(await start(_environment(discord, fish, folder), folder, log), log)
    try:
        yield bot
    finally:
        await bot.ends()


def _environment(discord: Discord, fish: FishAudio, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "FISH_API_KEY": fish.key,
        "FISH_API_URL": fish.url,
        "DATABASE_URL": f"sqlite:///{folder}/mynah.db",
        "TRAINING_POLL_SECONDS": "0.25",
    }
