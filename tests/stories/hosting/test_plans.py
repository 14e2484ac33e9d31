"""No statement reads through a table that grows with members, voices or records."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage.engine.database import Value
from bot.storage.engine.sqlite import SqliteSession
from sandbox.discord import Discord
from sandbox.fish_audio import FishAudio
from tests.contracts.life import whole_life
from tests.stories.running import BotHere

# Tables with a row for what is under way, or for the bot itself: reading through one is as good as an index.
STAYS_SMALL = {
    "alert": "a row for each kind of trouble",
    "asking": "questions that somebody asked in the last days",
    "charge": "sounds that are being made",
    "erasure": "members whose data is being deleted",
    "last_seen": "one row",
    "log_entry": "what waits for a server's log; it goes after a day",
    "one_off": "recordings of the last 15 minutes",
    "registration": "a row for each application",
    "request": "questions without an answer; they end after seven days",
}

# Indexes of the few rows that wait for something.
OF_WHAT_WAITS = ("voice_due", "voice_transcript", "sentence_open")

# Once for each session with Discord.
ALL_SERVERS = "SELECT guild_id FROM server UNION"


@pytest.mark.slow
async def test_no_statement_reads_through_a_table_that_grows(
    discord: Discord, fish: FishAudio, bot: BotHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = note_statements(monkeypatch)
    await whole_life(discord, fish, bot)
    bot.time_passes(days=40)
    await bot.rests()
    await bot.restarts()
    assert len(statements) > 150
    assert scans(bot.database, statements) == []


def note_statements(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Value, ...]]:
    """Note each statement that is run from now on, with values that it had."""
    statements: dict[str, tuple[Value, ...]] = {}

    def noting(run: Any) -> Any:
        async def noted(session: SqliteSession, query: str, values: Sequence[Value]) -> Any:
            statements[query] = tuple(values)
            return await run(session, query, values)

        return noted

    for kind in ("query", "change"):
        monkeypatch.setattr(SqliteSession, kind, noting(getattr(SqliteSession, kind)))
    return statements


def scans(database: Path, statements: dict[str, tuple[Value, ...]]) -> list[str]:
    """Return the steps of plans that read through a table, each with its statement."""
    found: list[str] = []
    with closing(sqlite3.connect(database)) as connection:
        for query, values in statements.items():
            if query.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                named = {str(number): value for number, value in enumerate(values, start=1)}
                steps = connection.execute(f"EXPLAIN QUERY PLAN {query}", named).fetchall()
                words = " ".join(query.split())
                found += [f"{step}: {words}" for *_, step in steps if reads_through(step, words)]
    return found


def reads_through(step: str, words: str) -> bool:
    scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    if scan is None or step == "SCAN CONSTANT ROW" or words.startswith(ALL_SERVERS):
        return False
    table, index = scan.groups()
    return table not in STAYS_SMALL and index not in OF_WHAT_WAITS
