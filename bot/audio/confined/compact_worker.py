"""The process that makes a compact copy of one untrusted WAV; it takes the arguments of `worker`."""

from bot.audio.confined.compacting import compacted
from bot.audio.confined.worker import serve
from bot.audio.exchange import answer_copy, answer_refusal
from bot.audio.refusals import SampleRefused


def copy(data: bytes) -> bytes:
    """The answer about a file."""
    try:
        return answer_copy(compacted(data))
    except SampleRefused as refusal:
        return answer_refusal(refusal)


if __name__ == "__main__":
    serve(copy)
