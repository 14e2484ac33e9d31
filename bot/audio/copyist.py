"""The process that makes a compact copy of one untrusted WAV; its arguments are those of `bot.audio.worker`."""

from bot.audio.compacting import compacted
from bot.audio.exchange import answer_copy, answer_refusal
from bot.audio.refusals import SampleRefused
from bot.audio.worker import serve


def copy(data: bytes) -> bytes:
    """The answer about a file."""
    try:
        return answer_copy(compacted(data))
    except SampleRefused as refusal:
        return answer_refusal(refusal)


if __name__ == "__main__":
    serve(copy)
