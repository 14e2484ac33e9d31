"""The nouns of the domain as frozen dataclasses and enums. Times are milliseconds since 1970 in UTC, made in Python."""

from dataclasses import dataclass
from enum import StrEnum


class VoiceState(StrEnum):
    """Where a voice is in its life; `docs/architecture.md` has the picture."""

    DRAFT = "draft"
    QUEUED = "queued"
    TRAINING = "training"
    TRAINED = "trained"
    FAILED = "failed"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """What a sample was found to be, for the owner to read before consenting."""

    seconds: float
    sample_rate: int  # Hz
    channels: int
    loudness: float  # LUFS, integrated (ITU-R BS.1770)
    peak: float  # dBFS, the highest sample value; 0 is full scale
    clipped: float  # share of samples at full scale, 0 to 1
    silence: float  # share of the time that is quiet, 0 to 1
    tips: tuple[str, ...]  # one plain sentence for each thing that will hurt the voice


@dataclass(frozen=True, slots=True, kw_only=True)
class FishVoice:
    """A voice as Fish Audio describes it."""

    fish_id: str
    state: str  # "created", "training", "trained", "failed"; anything else, also "", means: not finished yet
    title: str
    tags: tuple[str, ...]
    taken_down: bool  # after a complaint by the holder of the rights; it will not speak again
    quality_reason: str | None  # what was wrong with the sample, in Fish Audio's words
