"""Counts what people's commands and clicks ask of the database."""

from collections.abc import Sequence
from typing import Any

import pytest
import structlog

from bot.storage.engine.database import Block, Session, Value
from bot.storage.engine.sqlite.database import SqliteDatabase
from bot.storage.engine.sqlite.sessions import SqliteSession


class Counted:
    """The blocks and statements of interactions, without those of background workers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.blocks: list[str] = []
        self.statements = 0
        self._sessions: set[Session] = set()
        for kind in ("read", "write"):
            monkeypatch.setattr(SqliteDatabase, kind, self._counting_blocks(kind))
        for kind in ("query", "change"):
            monkeypatch.setattr(SqliteSession, kind, self._counting_statements(kind))

    def _counting_blocks(self, kind: str) -> Any:
        run = getattr(SqliteDatabase, kind)

        async def counting(database: SqliteDatabase, block: Block[Any]) -> Any:
            if "interaction_id" not in structlog.contextvars.get_contextvars():
                return await run(database, block)
            self.blocks.append(kind)

            async def noted(db: Session) -> Any:
                self._sessions.add(db)
                self.statements += 2  # BEGIN, which has been, and COMMIT
                return await block(db)

            return await run(database, noted)

        return counting

    def _counting_statements(self, kind: str) -> Any:
        run = getattr(SqliteSession, kind)

        async def counting(session: SqliteSession, query: str, values: Sequence[Value]) -> Any:
            if session in self._sessions and query != "COMMIT":
                self.statements += 1
            return await run(session, query, values)

        return counting
