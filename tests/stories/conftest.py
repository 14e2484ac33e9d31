"""Gives each story a Discord, a Fish Audio and a bot of its own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import stamina
from discord import Client
from discord.backoff import ExponentialBackoff
from discord.state import AutoShardedConnectionState

from bot.services.sharing import suggestions
from bot.storage.engine.postgres import connections
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.databases.fixtures import ENGINES
from tests.stories.running import BotHere, BotProcess

ATTEMPTS = 100  # more than any story needs


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each story that is marked `both_engines` on PostgreSQL too."""
    if "engine" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_engines"):
        metafunc.parametrize("engine", ENGINES, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", "sqlite")


@pytest.fixture
def settings(engine: str, request: pytest.FixtureRequest) -> dict[str, object]:
    """`@pytest.mark.settings(max_voices_per_member=2)` changes the settings of the story's bot."""
    marker = request.node.get_closest_marker("settings")
    changes: dict[str, object] = dict(marker.kwargs) if marker else {}
    if engine == "postgresql":
        changes["database_url"] = request.getfixturevalue("postgres_url")
    return changes


@pytest.fixture(autouse=True)
def few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a bot in this process open three connections to PostgreSQL at once; each takes 10 ms of computing."""
    monkeypatch.setattr(connections, "CONNECTIONS", 3)


@pytest.fixture(autouse=True)
def suggestions_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let suggestions wait for a slow machine; that they do not wait long is tested with the service alone."""
    monkeypatch.setattr(suggestions, "LONGEST_WAIT", 30.0)


@pytest.fixture
async def bot(
    discord: Discord, fish: FishAudio, tmp_path: Path, settings: dict[str, object]
) -> AsyncGenerator[BotHere]:
    """The bot, running in this process."""
    bot = BotHere(discord, fish, tmp_path, settings)
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):  # without pauses between tries
        await bot.starts()
        yield bot
        await bot.stops()


@pytest.fixture
async def process(
    discord: Discord, fish: FishAudio, tmp_path: Path, settings: dict[str, object]
) -> AsyncGenerator[BotProcess]:
    """The bot as a host starts it, `python -m bot`; the story starts, kills and ends it."""
    process = BotProcess(discord, fish, tmp_path, settings)
    yield process
    await process.is_killed()


@pytest.fixture
async def next_life(discord: Discord, fish: FishAudio, tmp_path: Path) -> AsyncGenerator[BotHere]:
    """A bot with the killed process's database; the story starts it."""
    bot = BotHere(discord, fish, tmp_path, {})
    yield bot
    await bot.stops()


@pytest.fixture
def connects_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the pauses of discord.py.

    They are up to two seconds before it connects again, five before a new session, and two until that counts as ready,
    which is here a shorter time than any voice takes to be made.
    """

    async def at_once(client: Client, shard_id: int | None, *, initial: bool = False) -> None:
        pass

    def no_seconds(backoff: object) -> float:
        return 0

    monkeypatch.setattr(ExponentialBackoff, "delay", no_seconds)
    monkeypatch.setattr(Client, "before_identify_hook", at_once)
    ready_after = property(lambda _: 0.05, lambda _state, _given: None)
    monkeypatch.setattr(AutoShardedConnectionState, "guild_ready_timeout", ready_after, raising=False)
