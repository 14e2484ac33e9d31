"""Lets a bot live a whole life, of which several tests look at the traces."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.storage.engine.database import Value
from bot.storage.engine.sqlite.sessions import SqliteSession
from sandbox.discord import Discord
from sandbox.faults import Request
from sandbox.fish_audio import FishAudio
from tests.contracts.life import whole_life
from tests.stories.running import BotHere

Statements = dict[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Life:
    to_discord: Sequence[Request]
    to_fish_audio: Sequence[Request]
    database: Path
    statements: Statements  # that were run on the database, each with values that it had


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def life(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Life]:
    statements: Statements = {}
    async with Discord.open() as discord, FishAudio.open() as fish:
        bot = BotHere(discord, fish, tmp_path_factory.mktemp("life"), {"max_voices_per_member": 0})
        await bot.starts()
        try:
            with pytest.MonkeyPatch.context() as patch:
                note_statements(patch, statements)
                await whole_life(discord, fish, bot)
                bot.time_passes(days=40)
                await bot.rests()
                await bot.restarts()
        finally:
            await bot.stops()
        yield Life(discord.requests, fish.requests, bot.database, statements)


def note_statements(patch: pytest.MonkeyPatch, statements: Statements) -> None:
    """Note each statement that is run from now on."""

    def noting(run: Any) -> Any:
        async def noted(session: SqliteSession, query: str, values: Sequence[Value]) -> Any:
            statements[query] = tuple(values)
            return await run(session, query, values)

        return noted

    for kind in ("query", "change"):
        patch.setattr(SqliteSession, kind, noting(getattr(SqliteSession, kind)))
