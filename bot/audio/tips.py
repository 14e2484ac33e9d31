"""What will hurt the voice that is made from a sample, and what to do about it."""

from collections.abc import Iterator
from dataclasses import asdict

from bot.audio.exchange import Figures
from bot.models import SampleReport

# Fish Audio advises at least 10 s, at best 10 to 30 s, and sees no gain beyond 1 to 2 min; it wants 16 kHz or
# more and mixes stereo down to mono (docs.fish.audio: voice cloning, best practices; the SDK's older manual).
_SHORT_SECONDS, _LONG_SECONDS = 10, 120
_TELEPHONE_RATE = 16_000  # Hz; below it the consonants are missing

_CLIPPED_SHARE = 0.001  # one sample in a thousand: heard as crackling
_QUIET_LUFS = -35  # 12 LU below what broadcasters level speech to (EBU R 128: -23)
_SILENT_SHARE = 0.5  # fluent speech pauses for a fifth to a third of its time
_OFFSET = 0.02  # 2 % of full scale; a sound microphone input has a tenth of that
_UNLIKE = 0.2  # one voice in two microphones is far more alike than this


def report(figures: Figures) -> SampleReport:
    """The figures with the tips that follow from them."""
    found = asdict(figures)
    del found["offset"], found["likeness"]
    return SampleReport(**found, tips=tuple(_tips(figures)))


def _tips(figures: Figures) -> Iterator[str]:
    if figures.seconds < _SHORT_SECONDS:
        yield "This is short: 10 to 30 seconds of speech make a better likeness."
    if figures.seconds > _LONG_SECONDS:
        yield "More than two minutes add nothing: keep the clearest 10 to 30 seconds."
    if figures.clipped > _CLIPPED_SHARE:
        yield "The loudest parts are cut off: turn the microphone down and record again."
    if figures.loudness < _QUIET_LUFS:
        yield "This is very quiet: move closer to the microphone or turn it up, and record again."
    if figures.silence > _SILENT_SHARE:
        yield "More than half of this is silence: cut the pauses out, or speak more."
    if figures.sample_rate < _TELEPHONE_RATE:
        yield f"{figures.sample_rate:,} Hz is telephone quality: record with 44,100 Hz, if you can."
    if figures.offset > _OFFSET:
        yield "The signal has a constant offset: use another input, or remove the DC offset in an editor."
    if figures.likeness is not None and figures.likeness < _UNLIKE:
        yield "Left and right differ a lot and will be mixed into one: export your own voice alone, in mono."
