"""The sound of a WAV in as few bytes as speech needs. Runs in the worker only."""

from collections.abc import Iterator
from fractions import Fraction

import av
import av.filter
import numpy as np

from bot.audio.confined.decoding import Recording, open_recording
from bot.audio.exchange import COPY_RATE, MAX_COPY_BYTES


def compacted(data: bytes) -> bytes:
    """Return the sound as bare 16-bit mono at `COPY_RATE`. Raises the refusal of what cannot be a sample."""
    sound = bytearray()
    for piece in _resampled(open_recording(data)):
        sound += piece
    return bytes(sound[:MAX_COPY_BYTES])


def _resampled(recording: Recording) -> Iterator[bytes]:
    rate = recording.encoding.sample_rate
    graph = _resampler(rate)
    moments = 0
    for stretch in recording.stretches():
        mono = np.ascontiguousarray(stretch.mean(axis=1)).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(mono, "dbl", "mono")
        frame.sample_rate, frame.pts = rate, moments
        moments += len(stretch)
        graph.push(frame)
        yield from _ready(graph)
    graph.push(None)  # no more will come: it gives what it has held back
    yield from _ready(graph)


def _resampler(rate: int) -> av.filter.Graph:
    """Return a filter from doubles at `rate` to 16-bit integers at `COPY_RATE`."""
    graph = av.filter.Graph()
    graph.threads = 1  # confined, it could start no other
    graph.link_nodes(
        graph.add_abuffer(sample_rate=rate, format="dbl", layout="mono", time_base=Fraction(1, rate)),
        graph.add("aresample", str(COPY_RATE)),
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
