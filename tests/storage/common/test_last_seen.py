"""When the bot last ran."""

from bot.storage.common.last_seen import LastSeenStore
from bot.storage.engine.database import Database


async def test_the_last_moment_counts(database: Database) -> None:
    store = LastSeenStore(database)
    assert await store.read() is None
    for moment in (1_000, 2_000):
        await store.note(moment)
    assert await store.read() == 2_000
