"""Voices, here and at Fish Audio."""

from dataclasses import dataclass
from enum import StrEnum

from bot.models.common import Blocker


class VoiceState(StrEnum):
    """The state of a voice; `docs/architecture.md` has the diagram."""

    DRAFT = "draft"
    QUEUED = "queued"
    TRAINING = "training"
    TRAINED = "trained"
    FAILED = "failed"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who made a voice (its owner), and who is heard in it."""

    owner_id: int
    owner_name: str
    speaker_id: int | None = None  # the person who is heard, if that is not the owner
    speaker_name: str | None = None

    def is_controlled_by(self, member_id: int) -> bool:
        """Return whether this member decides about the voice: as its owner, or as the person who is heard."""
        return member_id in {self.owner_id, self.speaker_id}

    @property
    def heard_id(self) -> int:
        """The id of the person who is heard, who may be the owner."""
        return self.owner_id if self.speaker_id is None else self.speaker_id

    @property
    def heard_name(self) -> str:
        return self.speaker_name or self.owner_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice(Attribution):
    """A row of `voice`; `migrations/0001_voices.sql` says what each column is for."""

    id: str
    name: str
    state: VoiceState
    guild_id: int | None
    channel_id: int
    since: int
    created_at: int
    transcript: str | None = None
    reason: str | None = None
    fish_id: str | None = None
    tag: str | None = None
    tag_sent_at: int | None = None
    blocker: Blocker | None = None
    pause: int = 0
    next_attempt_at: int | None = None
    replaces: str | None = None  # the id of the voice that goes on with this one's sample once this one is trained
    imitable_until: int | None = None  # until then its sample can be imitated; only for those who control the voice

    def can_speak(self, now: int) -> bool:
        """Return whether it can speak: it is trained, or its sample can be imitated until it is."""
        return self.state is VoiceState.TRAINED or (self.imitable_until is not None and now < self.imitable_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTraining:
    """As much of a voice in training as it takes to ask about it."""

    voice_id: str
    fish_id: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something to delete at Fish Audio: the voice `fish_id`, or every voice with `tag`."""

    id: str
    voice_id: str
    fish_id: str | None
    tag: str | None
    look_until: int | None
    pause: int
    missing_since: int | None = None  # since when all answers said 404, but not as Fish Audio does
    failing_since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FishVoice:
    """A voice as Fish Audio describes it."""

    fish_id: str
    state: str  # "created", "training", "trained", "failed"; anything else, also "", means: not finished yet
    title: str
    tags: tuple[str, ...]
    taken_down: bool  # after a complaint of the rights holder; it cannot speak again
    quality_reason: str | None  # what was wrong with the sample, in Fish Audio's words
