"""Judges how much of a recording may be somebody who speaks or sings. Runs in the worker only."""

from collections.abc import Iterable, Iterator

import numpy as np

try:
    from pymicro_vad import MicroVad  # now, since no file can be opened once the process is confined
except ImportError:  # there is no wheel for this system, so nothing is judged
    MicroVad = None

JUDGED_RATE = 16_000  # Hz, mono, 16 bits: what the model hears
JUDGED_SECONDS = 60  # of a recording at most; each second after the first costs 17 ms of processor time

_FRAME_BYTES = JUDGED_RATE // 100 * 2  # 10 ms
_MAYBE_SPEECH = 0.2  # of 1, what the model says; tones and noise stay below, whispering in noise does not
_LEAST_FRAMES = 50  # that can be heard; fewer say nothing
_PLAIN_FRAMES, _PLAIN_SHARE = 100, 0.5  # after a second with so much speech no more needs to be heard

# Nor after a third of one that is nothing else. Each frame is judged by the 0.76 s before it, so that is a second too.
_SURELY_SPEECH, _SURE_FRAMES, _SURE_SHARE = 0.8, 30, 0.8

_PART_SECONDS = 10  # of a longer recording, parts from all over it are judged


def judged_parts(start: int, end: int, sample_rate: int) -> list[tuple[int, int]]:
    """Return between which moments to judge a recording that is kept from `start` to `end`: at most a minute in all."""
    if end - start <= JUDGED_SECONDS * sample_rate:
        return [(start, end)]
    length = _PART_SECONDS * sample_rate
    starts = np.linspace(start, end - length, JUDGED_SECONDS // _PART_SECONDS).astype(int).tolist()
    return [(first, first + length) for first in starts]


def share_of_speech(sound: Iterable[bytes], *, pause_below: float) -> float | None:
    """Return the share of what can be heard that may be speech, 0 to 1; None if that cannot be judged.

    `sound` is at `JUDGED_RATE`. It is taken no further than needed: speech is plain after one to two seconds. A frame
    whose power lies below `pause_below`, with full scale as 1, is a pause.
    """
    if MicroVad is None:
        return None
    model = MicroVad()
    heard = spoken = sure = 0
    for frame, power in _frames(sound):
        likelihood = model.process_10ms(frame)
        if likelihood < 0:  # it has not heard enough yet
            continue
        heard += bool(power >= pause_below)
        spoken += likelihood > _MAYBE_SPEECH
        sure += likelihood > _SURELY_SPEECH
        is_plain = heard >= _PLAIN_FRAMES and spoken >= _PLAIN_SHARE * heard
        if is_plain or (heard >= _SURE_FRAMES and sure >= _SURE_SHARE * heard):
            return min(spoken / heard, 1.0)
    return min(spoken / heard, 1.0) if heard >= _LEAST_FRAMES else None


def _frames(sound: Iterable[bytes]) -> Iterator[tuple[bytes, float]]:
    """Yield each frame, and its power with full scale as 1."""
    rest = b""
    for piece in sound:
        rest += piece
        whole = len(rest) // _FRAME_BYTES * _FRAME_BYTES
        values = np.frombuffer(rest[:whole], "<i2").reshape(-1, _FRAME_BYTES // 2) / 2**15
        for number, power in enumerate(np.einsum("fm,fm->f", values, values) / values.shape[1]):
            yield rest[number * _FRAME_BYTES : (number + 1) * _FRAME_BYTES], power
        rest = rest[whole:]
