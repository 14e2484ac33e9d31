"""A worker gone wrong, in the way that the file it gets names behind a WAV's first twelve bytes.

It is started and confined as the real one, so what it tries tells what a hostile file could make that one do.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from bot.audio.confined.worker import serve
from bot.audio.exchange import Figures, answer_figures

FINE = Figures(
    seconds=5,
    sample_rate=16_000,
    channels=1,
    loudness=-20,
    peak=-3,
    clipped=0,
    silence=0,
    offset=0,
    likeness=None,
)


def misbehave(data: bytes) -> bytes:
    match data[12:].decode():
        case "hang":
            tell("hanging")
            while True:
                signal.pause()
        case "die":
            os.abort()
        case "be killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "take all memory":
            tell(str(len(bytearray(2**40))))
        case "flood":
            return b"x" * 2**24
        case "show the environment":
            tell(*sorted(os.environ))
        case "look around":
            tell(*[name for name, attempt in ATTEMPTS.items() if works(attempt)])
        case said:
            return said.encode() + b"\n"
    return answer_figures(FINE)


def works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


ATTEMPTS: dict[str, Callable[[], object]] = {
    "computing": lambda: 6 * 7,
    "reading a file": lambda: Path("/etc/passwd").read_bytes(),
    "writing a file": lambda: Path("/tmp/misbehaving").write_bytes(b""),  # noqa: S108 - must not come about
    "opening a socket": lambda: socket.socket().close(),
    "opening a local socket": lambda: socket.socket(socket.AF_UNIX).close(),
    "opening a pipe": os.pipe,
}


def tell(*words: str) -> None:
    sys.stderr.write(", ".join(words) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    serve(misbehave)
