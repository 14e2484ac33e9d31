"""Moves a database and kills itself on the way."""

import asyncio
import os
import signal
from collections.abc import Sequence
from typing import Any

from bot.storage.engine import moving


def move_and_die(source: str, target: str, behind: int) -> None:
    """Die behind so many pieces; 0 stands for all, when the move is done."""
    insert, pieces = moving._insert, 0

    async def insert_and_die(db: Any, table: Any, rows: Sequence[Any]) -> None:
        nonlocal pieces
        await insert(db, table, rows)
        pieces += 1
        if pieces == behind:
            os.kill(os.getpid(), signal.SIGKILL)

    moving._insert = insert_and_die
    asyncio.run(moving.move(source, target))
    os.kill(os.getpid(), signal.SIGKILL)
