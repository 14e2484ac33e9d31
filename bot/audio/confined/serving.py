"""A worker's one request: take it from standard input, answer it on standard output, and end."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from bot.audio.confined.confinement import confine
from bot.audio.exchange import OUT_OF_MEMORY, READY, read_request

Job: TypeAlias = Callable[[bytes], bytes]  # from a file to the answer about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    cpu_seconds: float
    memory_bytes: int  # of address space


def serve(job: Job, limits: Limits) -> NoReturn:
    """Answer one request, confined, and end the process."""
    confine(cpu_seconds=limits.cpu_seconds, memory_bytes=limits.memory_bytes)
    _say(READY)
    try:
        _say(job(read_request(sys.stdin.buffer.read)))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    os._exit(0)  # an ordinary exit would clean up what ends with the process anyway


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
