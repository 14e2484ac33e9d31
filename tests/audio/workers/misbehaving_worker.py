"""A worker that misbehaves as the file says after a WAV's first twelve bytes.

It is started and confined like the real one, so it shows what a hostile file could make the real one do.
"""

import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from bot.audio.confined.running import run
from bot.audio.exchange import COPY, EXCERPT, READ, SPEAK, Figures, answer_reading

FINE = Figures(
    seconds=5,
    sample_rate=16_000,
    channels=1,
    loudness=-20,
    peak=-3,
    clipped=0,
    silence=0,
    gain=0,
    offset=0,
    likeness=None,
)


TRACES: set[str] = set()  # what one file leaves in memory for the next to find


def misbehave(data: bytes) -> bytes:
    match data[12:].decode():
        case "hang":
            tell("hanging")
            lock = Lock()
            while lock.acquire():
                pass
        case "be fine":
            pass
        case "die":
            os.abort()
        case "take all memory":
            tell(str(len(bytearray(2**40))))
        case "flood":
            return b"x" * 2**24
        case "show the environment":
            tell(*sorted(os.environ))
        case "leave a trace":
            tell(*sorted(TRACES))
            TRACES.add("a trace")
        case "look around":
            tell(*[name for name, attempt in ATTEMPTS.items() if works(attempt)])
        case said:
            return said.encode() + b"\n"
    return answer_reading(FINE, b"", sample_rate=16_000)


def works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


ATTEMPTS: dict[str, Callable[[], object]] = {
    "computing": lambda: 6 * 7,
    "reading a file": lambda: Path("/etc/passwd").read_bytes(),
    "writing a file": lambda: Path("/tmp/misbehaving").write_bytes(b""),  # noqa: S108 - must not be made
    "opening a socket": lambda: socket.socket().close(),
    "opening a local socket": lambda: socket.socket(socket.AF_UNIX).close(),
    "opening a pipe": os.pipe,
    "signalling a process": lambda: os.kill(1, 0),
    "starting a process": lambda: os.fork() or os._exit(0),
    "making memory executable": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
}


def tell(*words: str) -> None:
    sys.stderr.write(", ".join(words) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    run({READ: misbehave, COPY: misbehave, EXCERPT: misbehave, SPEAK: misbehave})
