"""Saves the sandbox in a folder, so that the next one begins where this one ended."""

import asyncio
import hashlib
import inspect
import pickle
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from sandbox.discord import Discord
from sandbox.discord.world import model
from sandbox.discord.world.model import World
from sandbox.fish_audio import FishAudio, Voice, voices
from sandbox.page.live_fish import LiveFish

FILE = "sandbox.pickle"  # beside the bot's own database; a pickle can hold a program, so take no folder from others
SAVE_SECONDS = 2.0


class UnreadableState(Exception):
    """The folder has a state that this version of the sandbox cannot read."""


@dataclass(frozen=True, slots=True)
class SavedState:
    world: World | None = None
    voices: list[Voice] = field(default_factory=list[Voice])


def load(folder: Path) -> SavedState:
    """Return the saved state; an empty one at the first time. Raises UnreadableState."""
    file = folder / FILE
    if not file.exists():
        return SavedState()
    try:
        made_by, kept = pickle.loads(file.read_bytes())  # noqa: S301 - the caller's own folder, see FILE
    except Exception as error:
        raise UnreadableState(f"{file} cannot be read ({error!r}). Delete {folder} to begin anew.") from error
    if made_by != _fingerprint():
        raise UnreadableState(f"{file} comes from another version of the sandbox. Delete {folder} to begin anew.")
    return cast("SavedState", kept)


@asynccontextmanager
async def saving(folder: Path, discord: Discord, fish: FishAudio | LiveFish) -> AsyncGenerator[None]:
    """Save soon after each change and at the end."""
    changed = asyncio.Event()
    discord.world.subscribe(lambda _happening: changed.set())
    discord.subscribe(lambda _request: changed.set())

    async def save_now_and_then() -> None:
        while True:
            await changed.wait()
            await asyncio.sleep(SAVE_SECONDS)
            changed.clear()
            _save(folder, discord, fish)

    saving = asyncio.create_task(save_now_and_then(), name="keeper")
    try:
        yield
    finally:
        saving.cancel()
        _save(folder, discord, fish)


def _save(folder: Path, discord: Discord, fish: FishAudio | LiveFish) -> None:
    kept = SavedState(discord.world, fish.voices if isinstance(fish, FishAudio) else [])
    new = folder / f"{FILE}.new"
    new.write_bytes(pickle.dumps((_fingerprint(), kept)))
    new.replace(folder / FILE)


def _fingerprint() -> str:
    """Return a hash of the code of the saved objects: those of another version may lack attributes."""
    source = inspect.getsource(model) + inspect.getsource(voices)
    return hashlib.sha256(source.encode()).hexdigest()
