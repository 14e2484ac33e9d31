"""Runs Mynah with a probe in it, for what cannot be seen from outside.

On SIGUSR2 it writes into the file `PROBE_FILE` what it has counted since the last time: blocks and statements of the
database on behalf of interactions, and the longest step of the event loop.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

import bot.__main__ as program
from bot.app import serve
from bot.settings import Settings
from bot.storage.engine.database import Block, Session, Value
from bot.storage.engine.sqlite.database import SqliteDatabase
from bot.storage.engine.sqlite.sessions import SqliteSession

_TICK = 0.002  # seconds


class Probe:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._number = 0
        self._sessions: set[Session] = set()
        self._clear()

    def _clear(self) -> None:
        self._blocks = self._statements = 0
        self._longest_step = self._longest_step_cpu = 0.0

    def install(self) -> None:
        """Count what is asked of the database."""
        for kind in ("read", "write"):
            setattr(SqliteDatabase, kind, self._counting_blocks(getattr(SqliteDatabase, kind)))
        for kind in ("query", "change"):
            setattr(SqliteSession, kind, self._counting_statements(getattr(SqliteSession, kind)))

    async def watch(self) -> None:
        """Measure how late the event loop is, and how much of that it has computed itself."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, self._write)
        while True:
            due, cpu = time.perf_counter() + _TICK, time.thread_time()
            await asyncio.sleep(_TICK)
            late = time.perf_counter() - due
            self._longest_step = max(self._longest_step, late)
            self._longest_step_cpu = max(self._longest_step_cpu, min(late, time.thread_time() - cpu))

    def _write(self) -> None:
        self._number += 1
        counted = {
            "number": self._number,
            "blocks": self._blocks,
            "statements": self._statements,
            "longest_step_ms": 1000 * self._longest_step,
            "longest_step_cpu_ms": 1000 * self._longest_step_cpu,
        }
        unfinished = self._file.with_suffix(".part")
        unfinished.write_text(json.dumps(counted))
        unfinished.replace(self._file)
        self._clear()

    def _counting_blocks(self, run: Any) -> Any:
        async def counting(database: SqliteDatabase, block: Block[Any]) -> Any:
            if "interaction_id" not in structlog.contextvars.get_contextvars():
                return await run(database, block)  # of a background worker
            self._blocks += 1
            self._statements += 2  # BEGIN and COMMIT

            async def noted(db: Session) -> Any:
                self._sessions.add(db)
                try:
                    return await block(db)
                finally:
                    self._sessions.discard(db)

            return await run(database, noted)

        return counting

    def _counting_statements(self, run: Any) -> Any:
        async def counting(session: SqliteSession, query: str, values: Sequence[Value]) -> Any:
            self._statements += session in self._sessions
            return await run(session, query, values)

        return counting


async def serve_probed(settings: Settings, **options: Any) -> None:
    probe = Probe(Path(os.environ["PROBE_FILE"]))
    probe.install()
    watching = asyncio.create_task(probe.watch(), name="probe")
    try:
        await serve(settings, **options)
    finally:
        watching.cancel()


if __name__ == "__main__":
    read, _, meaning = program.VERBS["run"]
    program.VERBS["run"] = (read, serve_probed, meaning)
    program.main()
