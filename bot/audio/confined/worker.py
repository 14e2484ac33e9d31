"""The module that a worker process runs: all its jobs, from reading untrusted sound to making voice messages.

It is run with `-m`, with the arguments that `run` takes.
"""

from collections.abc import Callable

from bot.audio.confined.running import run
from bot.audio.confined.sound.copying import compacted, read_sample
from bot.audio.confined.sound.excerpts import excerpt, read_best_part
from bot.audio.confined.voice_message.encoding import voice_message
from bot.audio.exchange import (
    COPY,
    EXCERPT,
    READ,
    READ_BEST_PART,
    SPEAK,
    SPEAK_WITH_NOTICE,
    answer_copy,
    answer_excerpt,
    answer_reading,
    answer_refusal,
)
from bot.audio.refusals import SampleRefused
from bot.audio.riff import mono_wav


def read(data: bytes) -> bytes:
    def answer() -> bytes:
        sample = read_sample(data)
        return answer_reading(sample.figures, sample.sound, sample_rate=sample.sample_rate)

    return _answer(answer)


def read_best(data: bytes) -> bytes:
    def answer() -> bytes:
        sample, whole = read_best_part(data)
        return answer_reading(sample.figures, sample.sound, sample_rate=sample.sample_rate, whole_seconds=whole)

    return _answer(answer)


def copy(data: bytes) -> bytes:
    return _answer(lambda: answer_copy(compacted(data)))


def cut(data: bytes) -> bytes:
    def answer() -> bytes:
        part = excerpt(data)
        return answer_excerpt(
            part.sound, sample_rate=part.sample_rate, is_whole=part.is_whole, spoken_seconds=part.spoken_seconds
        )

    return _answer(answer)


def speak(frames: bytes) -> bytes:
    return _answer(lambda: voice_message(frames, with_notice=False))


def speak_with_notice(frames: bytes) -> bytes:
    return _answer(lambda: voice_message(frames, with_notice=True))


def _answer(work: Callable[[], bytes]) -> bytes:
    try:
        return work()
    except SampleRefused as refusal:
        return answer_refusal(refusal)


def warm_up() -> None:
    """Do each job once with a file of our own, so that forks need not load what libraries load at first use."""
    buzz = mono_wav((bytes(200) + b"\x20" * 200) * 720, sample_rate=48_000)
    read(buzz)
    copy(buzz)
    cut(buzz)
    speak_with_notice(_QUIET_FRAME * 10)


# MPEG-1 Layer III, 44.1 kHz, mono, 32 kbit/s, without a bit of sound.
_QUIET_FRAME = b"\xff\xfb\x10\xc4".ljust(104, b"\0")


JOBS = {
    READ: read,
    READ_BEST_PART: read_best,
    COPY: copy,
    EXCERPT: cut,
    SPEAK: speak,
    SPEAK_WITH_NOTICE: speak_with_notice,
}

if __name__ == "__main__":
    warm_up()
    run(JOBS)
