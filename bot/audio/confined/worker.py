"""The process that reads one untrusted WAV: `-m bot.audio.confined.worker CPU_SECONDS MEMORY_BYTES PARENT_ID`."""

import os
import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from bot.audio.confined.confinement import confine, die_with
from bot.audio.confined.measuring import measure
from bot.audio.exchange import READY, answer_figures, answer_refusal, read_request
from bot.audio.refusals import NotReadInTime, SampleRefused


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answer one request, confined, and end."""
    cpu_seconds, memory_bytes, parent_id = sys.argv[1:]
    die_with(int(parent_id))
    inbox = _listen()  # confined, we could start no thread
    confine(cpu_seconds=float(cpu_seconds), memory_bytes=int(memory_bytes))
    _say(READY)
    try:
        said = answer(inbox.get())
    except MemoryError:
        said = answer_refusal(NotReadInTime())
    _say(said)
    os._exit(0)  # an ordinary exit would wait for the thread that still listens


def read(data: bytes) -> bytes:
    """The answer about a file."""
    try:
        return answer_figures(measure(data))
    except SampleRefused as refusal:
        return answer_refusal(refusal)


def _listen() -> "SimpleQueue[bytes]":
    """Get the file from the bot, and from then on end when the bot does.

    The bot keeps its end of the pipe open while it wants an answer: when the pipe ends, so does the work.
    That works on every platform; the kernel's own notice on Linux also works while this thread cannot run.
    """
    inbox: SimpleQueue[bytes] = SimpleQueue()

    def listen() -> None:
        try:
            inbox.put(read_request(sys.stdin.buffer.read))
            os.read(sys.stdin.fileno(), 1)  # without the buffer's lock, for which the interpreter's end would wait
        finally:
            os._exit(1)

    Thread(target=listen, daemon=True).start()
    return inbox


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve(read)
