"""Recordings from which voices are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_CLIPS = 3  # of a sample


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording or another sound, as a file with a name."""

    filename: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a voice is made from: one to three clips of the same person."""

    clips: tuple[Clip, ...]

    @property
    def size(self) -> int:
        """The bytes of all clips."""
        return sum(len(clip.data) for clip in self.clips)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """The measurements of a clip, for the owner to read before consenting.

    Loudness, peak and silence are those of the mono mix, which is what is kept.
    """

    seconds: float
    sample_rate: int  # Hz
    channels: int
    loudness: float  # LUFS, integrated (ITU-R BS.1770)
    peak: float  # dBFS, the highest sample value; 0 is full scale, and a float may exceed it
    clipped: float  # share of samples that are cut off at full scale, 0 to 1
    silence: float  # share of the time that is quiet beside the speech, 0 to 1
    gain: float  # dB by which it was made louder, or quieter (below 0) to fit into 16 bits
    speech: float | None  # share of what is no pause that may be speech, 0 to 1; None if that was not judged
    verdicts: tuple[str, ...]  # a few plain words each on length, loudness, distortion and pauses
    tips: tuple[str, ...]  # one sentence for each fault that will make the voice worse
    whole_seconds: float | None = None  # of the recording that this is the best part of


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What its owner is told about all clips of a sample before they consent."""

    verdicts: tuple[str, ...]  # a few plain words each on length, loudness, distortion and pauses
    tips: tuple[str, ...]  # the worst faults first
    reports: Mapping[int, SampleReport]  # by the numbers of the clips, which are counted from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The part of a sample that Fish Audio imitates, with exactly what is said in it."""

    wav: bytes = field(repr=False)
    transcript: str = field(repr=False)  # empty if no word could be made out
