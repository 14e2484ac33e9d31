"""Starts misbehaving workers, and finds the processes that they start."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

MISBEHAVING = "tests.audio.workers.misbehaving_worker"

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the zygote and its limits")


def asking_to(behaviour: str) -> bytes:
    return b"RIFF\0\0\0\0WAVE" + behaviour.encode()


earlier: set[int] = set()  # processes that were there when the test began, such as those of stories


def children(parent: int | None = None) -> set[int]:
    """Return the processes that this one, or `parent`, has started in this test and not yet reaped."""
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            state = stat.read_text().rpartition(")")[2].split()
            if int(state[1]) == (parent or os.getpid()):
                found.add(int(stat.parent.name))
    return found - earlier


def workers() -> set[int]:
    """Return the processes that this process's zygotes have forked."""
    return {worker for zygote in children() for worker in children(zygote)}


async def told(capfd: pytest.CaptureFixture[str], words: str) -> None:
    """Wait until a worker has written `words` to stderr."""
    async with asyncio.timeout(30):
        while words not in capfd.readouterr().err:  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.01)


async def ended(process_id: int) -> None:
    """Wait until a process has ended, whether or not somebody has reaped it."""
    async with asyncio.timeout(30):
        while _is_alive(process_id):  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.01)


def _is_alive(process_id: int) -> bool:
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def threads(process_id: int) -> int:
    return len(list(Path(f"/proc/{process_id}/task").iterdir()))
