"""Describes a sample in plain words: what will hurt the voice that is made from it, and what to do about that."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import repeat
from typing import Any

from bot.audio.exchange import Figures
from bot.audio.refusals import LEAST_SPEECH
from bot.models.samples import Overview, SampleReport

# Fish Audio advises at least 10 s, at best 10 to 30 s, and sees no gain beyond 1 to 2 min; it wants 16 kHz or
# more (docs.fish.audio: voice cloning, best practices; the SDK's older manual).
_SHORT_SECONDS, _LONG_SECONDS = 10, 120
_TELEPHONE_RATE = 16_000  # Hz; below it the consonants are missing

_CLIPPED_SHARE = 0.001  # one sample in a thousand: heard as crackling
_QUIET_LUFS, _VERY_QUIET_LUFS = -27, -35  # broadcasters level speech to -23 (EBU R 128)
_SOME_PAUSES, _MANY_PAUSES = 0.35, 0.5  # shares of the time; fluent speech pauses for a fifth to a third of it
_LITTLE_SPEECH = 0.3  # a voice over music, in much noise or that sings has half and more
_OFFSET = 0.02  # 2 % of full scale; a sound microphone input has a tenth of that
_UNLIKE = 0.2  # one voice in two microphones is far more alike than this
_MOST_TIPS = 4  # on several clips
_OPPOSITE = -0.5  # one channel is the other upside down, or nearly so


def report(figures: Figures) -> SampleReport:
    """Return the figures with the words and the tips that follow from them."""
    found: dict[str, Any] = asdict(figures)
    del found["offset"], found["likeness"]
    verdicts = (_length(figures.seconds), _level(figures), _distortion(figures), _pauses(figures))
    tips = (*_tips_on_length(figures.seconds), *_other_tips(figures))
    return SampleReport(**found, verdicts=verdicts, tips=tips)


def overview(reports: Mapping[int, SampleReport]) -> Overview:
    """Sum up the reports on a sample's clips: their length together, and which clip has the worst of each fault."""
    if len(reports) == 1:
        (only,) = reports.values()
        return Overview(verdicts=only.verdicts, tips=only.tips, reports=reports)
    seconds = sum(each.seconds for each in reports.values())
    faults: dict[str, list[tuple[int, int]]] = {}  # by tip: its rank in each clip, and the clip's number
    for number, each in reports.items():
        for rank, tip in enumerate(each.tips[len(_tips_on_length(each.seconds)) :]):
            faults.setdefault(tip, []).append((rank, number))
    tips = [f"{_clips([number for _, number in found])}: {tip}" for tip, found in sorted(faults.items(), key=_first)]
    return Overview(
        verdicts=(_length(seconds), *map(_worst, repeat(reports), (1, 2, 3), _WORST_BY)),
        tips=(*_tips_on_length(seconds), *tips[:_MOST_TIPS]),
        reports=reports,
    )


def _worst(reports: Mapping[int, SampleReport], verdict: int, badness: Callable[[SampleReport], float]) -> str:
    """Return the words on the worst clip, with its number if they are not true of all."""
    number, worst = max(reports.items(), key=lambda each: badness(each[1]))
    words = worst.verdicts[verdict]
    is_true_of_all = all(each.verdicts[verdict] == words for each in reports.values())
    return words if is_true_of_all else f"clip {number}: {words}"


_WORST_BY: tuple[Callable[[SampleReport], float], ...] = (
    lambda each: -each.loudness,
    lambda each: each.clipped,
    lambda each: each.silence,
)


def _first(fault: tuple[str, list[tuple[int, int]]]) -> tuple[int, int]:
    return min(fault[1])


def _clips(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"Clips {', '.join(most)} and {last}" if most else f"Clip {last}"


def _length(length: float) -> str:
    seconds = int(length)
    shown = f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"
    if length < _SHORT_SECONDS:
        return f"{shown}, short"
    return f"{shown}, long" if length > _LONG_SECONDS else f"{shown} ✓"


def _level(figures: Figures) -> str:
    if figures.loudness < _VERY_QUIET_LUFS:
        return "very quiet"
    return "a bit quiet" if figures.loudness < _QUIET_LUFS else "loud enough"


def _distortion(figures: Figures) -> str:
    if figures.clipped > _CLIPPED_SHARE:
        return "distorted"
    return "hardly any distortion" if figures.clipped else "no distortion"


def _pauses(figures: Figures) -> str:
    if figures.silence > _MANY_PAUSES:
        return "mostly pauses"
    return "some pauses" if figures.silence > _SOME_PAUSES else "few pauses"


def _tips_on_length(seconds: float) -> tuple[str, ...]:
    if seconds < _SHORT_SECONDS:
        return ("This is short: 10 to 30 seconds of speech make a better likeness.",)
    if seconds > _LONG_SECONDS:
        return ("More than two minutes add nothing: keep the clearest 10 to 30 seconds.",)
    return ()


def _other_tips(figures: Figures) -> Iterator[str]:
    """Give the tips, those on the worst faults first."""
    if figures.clipped > _CLIPPED_SHARE:
        yield "The loudest parts are cut off: turn the microphone down and record again."
    if figures.loudness < _QUIET_LUFS:
        level = "very quiet" if figures.loudness < _VERY_QUIET_LUFS else "a bit quiet"
        yield f"This is {level}: a recording from closer to the microphone, or with it turned up, has less noise in it."
    if figures.silence > _MANY_PAUSES:
        yield "More than half of this is pauses: cut them out, or speak more."
    if figures.speech is not None and LEAST_SPEECH <= figures.speech < _LITTLE_SPEECH:
        yield "I hear little speech in this: leave out music and noise, and record one person who speaks."
    if figures.sample_rate < _TELEPHONE_RATE:
        yield f"{figures.sample_rate:,} Hz is telephone quality: record with 44,100 Hz, if you can."
    if figures.offset > _OFFSET:
        yield "The signal has a constant offset: use another input, or remove the DC offset in an editor."
    if figures.likeness is not None and figures.likeness < _OPPOSITE:
        yield "Left and right cancel each other out, so I use the louder one alone: record in mono, if you can."
    elif figures.likeness is not None and figures.likeness < _UNLIKE:
        yield "Left and right differ a lot and are mixed into one: export your own voice alone, in mono."
