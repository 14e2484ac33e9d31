"""The figures of a recording without a fault, for tests that change what they are about."""

from bot.audio.exchange import Figures

GOOD = Figures(
    seconds=20.0,
    sample_rate=44_100,
    channels=1,
    loudness=-18.0,
    peak=-3.0,
    clipped=0.0,
    silence=0.1,
    gain=0.0,
    offset=0.0,
    likeness=None,
    speech=0.9,
)
