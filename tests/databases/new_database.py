"""An SQLite database in which nothing is kept yet, copied: that takes less time than to make its tables."""

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from bot.storage.engine.opening import open_database


def make_database(path: Path) -> None:
    """Write an empty database, unless there is a file already."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(_with_tables())


@cache
def _with_tables() -> bytes:
    """Return the bytes of a database that the bot has made; in a thread, since an event loop may run here."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        file = Path(folder) / "mynah.db"
        thread.submit(lambda: asyncio.run(_open(f"sqlite:///{file}"))).result()
        assert not file.with_name("mynah.db-wal").exists(), "part of it is elsewhere"
        return file.read_bytes()


async def _open(url: str) -> None:
    async with open_database(url):
        pass
