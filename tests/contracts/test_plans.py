"""No statement reads through a table that grows with members, voices or records."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.contracts.conftest import Life, Statements

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


def test_no_statement_reads_through_a_table_that_grows(life: Life) -> None:
    assert len(life.statements) > 150
    assert scans(life.database, life.statements) == []


def scans(database: Path, statements: Statements) -> list[str]:
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
