"""Records voice messages as Discord's app on a phone does: Opus in an Ogg file, with its length and waveform."""

import io
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np

from sandbox.sound import Samples, Sound

FILENAME, CONTENT_TYPE = "voice-message.ogg", "audio/ogg"
_RATE = 48_000  # Hz
_BITS = 32_000  # per second
_MOST_POINTS = 256  # of a waveform, and none for less than a tenth of a second


@dataclass(frozen=True, slots=True)
class Recording:
    """What the app sends: the file, how long it is, and how loud from its beginning to its end, 0 to 255."""

    data: bytes = field(repr=False)
    seconds: float
    waveform: bytes = field(repr=False)


def record(audio: bytes) -> Recording:
    """Record a sound of any kind that FFmpeg knows. Raises NotAudioError."""
    sound = Sound.decode(audio, rate=_RATE)
    file = io.BytesIO()
    opened: Any  # PyAV leaves the type of packets open
    with av.open(file, "w", format="ogg") as opened:
        stream = opened.add_stream("libopus", rate=_RATE, layout="mono")
        stream.bit_rate = _BITS
        for frame in (sound.frame(), None):
            opened.mux(stream.encode(frame))
    return Recording(file.getvalue(), round(sound.seconds, 3), _waveform(sound.samples))


def _waveform(samples: Samples) -> bytes:
    points = max(1, min(_MOST_POINTS, 10 * len(samples) // _RATE))
    peaks = np.array([np.abs(part).max(initial=0) for part in np.array_split(samples, points)])
    return bytes((255 * np.clip(peaks / max(peaks.max(), 1e-6), 0, 1)).astype(np.uint8))
