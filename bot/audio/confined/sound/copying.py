"""Copies the sound of a recording into one channel of 16 bits. Runs in the worker only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import av.filter
import numpy as np

from bot.audio.confined.sound.channels import Mono
from bot.audio.confined.sound.levels import PAUSE_DB
from bot.audio.confined.sound.measuring import Measured, measure
from bot.audio.confined.sound.opening import open_recording
from bot.audio.confined.sound.recordings import Recording
from bot.audio.confined.sound.speech import JUDGED_RATE, judged_parts, share_of_speech
from bot.audio.exchange import COPY_RATE, MAX_COPY_BYTES, MAX_KEPT_BYTES, MOST_KEPT_RATE, Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A recording as it is kept: `sound` is 16-bit mono, and empty if the file is kept as it is."""

    figures: Figures
    sound: bytes
    sample_rate: int  # Hz


def read_sample(data: bytes) -> Sample:
    """Measure a file, and copy its sound if the file cannot be kept as it is. Raises SampleRefused."""
    return sample_of(open_recording(data))


def sample_of(recording: Recording) -> Sample:
    """Do the same for a recording that is open already. Raises SampleRefused."""
    measured = measure(recording)
    rate = min(recording.sample_rate, MOST_KEPT_RATE)
    is_kept_whole = (
        recording.is_plain
        and recording.sample_rate == rate
        and not measured.figures.gain
        and measured.keeps_all_of(recording)
    )
    sound = b"" if is_kept_whole else _copied(recording, measured, rate)[:MAX_KEPT_BYTES]
    figures = replace(measured.figures, speech=_speech(recording, measured))
    return Sample(figures=figures, sound=sound, sample_rate=rate)


def compacted(data: bytes) -> bytes:
    """Return what is kept of a recording, in as few bytes as speech needs. Raises as `read_sample`."""
    recording = open_recording(data)
    return _copied(recording, measure(recording), COPY_RATE)[:MAX_COPY_BYTES]


def _speech(recording: Recording, measured: Measured) -> float | None:
    """Return how much may be speech. The recording is made as loud as 16 bits allow, so loudness does not matter."""
    gain = -1.0 - measured.figures.peak
    factor = 10 ** (gain / 20)
    mono = (
        measured.mix.of(stretch) * factor
        for start, end in judged_parts(measured.start, measured.end, recording.sample_rate)
        for stretch in recording.stretches(start, end)
    )
    pause = measured.figures.loudness + gain - PAUSE_DB
    return share_of_speech(resampled(mono, recording.sample_rate, JUDGED_RATE), pause_below=10 ** (pause / 10))


def _copied(recording: Recording, measured: Measured, rate: int) -> bytes:
    factor = 10 ** (measured.figures.gain / 20)
    mono = (measured.mix.of(stretch) * factor for stretch in recording.stretches(measured.start, measured.end))
    return b"".join(resampled(mono, recording.sample_rate, rate))


def resampled(sound: Iterable[Mono], own_rate: int, rate: int) -> Iterator[bytes]:
    """Return a sound of `own_rate` as whole numbers of 16 bits at `rate`, in pieces."""
    graph = _resampler(own_rate, rate)
    moments = 0
    for mono in sound:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(mono).reshape(1, -1), "dbl", "mono")
        frame.sample_rate, frame.pts = own_rate, moments
        moments += len(mono)
        graph.push(frame)
        yield from _ready(graph)
    graph.push(None)  # ends the input, so that the filter gives out what it still holds
    yield from _ready(graph)


def _resampler(own_rate: int, rate: int) -> av.filter.Graph:
    """Build the filter that turns doubles at `own_rate` into whole numbers of 16 bits at `rate`."""
    graph = av.filter.Graph()
    graph.threads = 1  # confined, it could start no other
    graph.link_nodes(
        graph.add_abuffer(sample_rate=own_rate, format="dbl", layout="mono", time_base=Fraction(1, own_rate)),
        graph.add("aresample", str(rate)),
        graph.add("aformat", "sample_fmts=s16"),
        graph.add("abuffersink"),
    ).configure()
    return graph


def _ready(graph: av.filter.Graph) -> Iterator[bytes]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):  # it wants more, or has given all
            return
        yield frame.to_ndarray().astype("<i2").tobytes()
