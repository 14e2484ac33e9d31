"""The nouns of the domain as frozen dataclasses and enums. Times are milliseconds since 1970 in UTC, made in Python."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never


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
    """What a sample was found to be, for the owner to read before consenting.

    Loudness, peak and silence are those of all channels in one, which is what is kept.
    """

    seconds: float
    sample_rate: int  # Hz
    channels: int
    loudness: float  # LUFS, integrated (ITU-R BS.1770)
    peak: float  # dBFS, the highest sample value; 0 is full scale, and a float may exceed it
    clipped: float  # share of samples that are cut off at full scale, 0 to 1
    silence: float  # share of the time that is quiet beside the speech, 0 to 1
    gain: float  # dB by which it was made louder to be heard, or quieter (below 0) to fit into 16 bits
    verdicts: tuple[str, ...]  # a few plain words each on length, loudness, distortion and pauses
    tips: tuple[str, ...]  # one plain sentence for each thing that will hurt the voice


class Work(StrEnum):
    """What background workers do, one of them for each kind."""

    CREATION = "creation"
    TRAINING = "training"
    REMOVAL = "removal"
    ERASURES = "erasures"
    NOTICES = "notices"
    ALERTS = "alerts"
    SERVER_LOG = "server log"
    HOUSEKEEPING = "housekeeping"


class Blocker(StrEnum):
    """A trouble that stops work until the host ends it."""

    KEY = "key"  # Fish Audio refuses the API key
    CREDIT = "credit"  # the account has no API credit left


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who uses the bot, as the interaction shows them."""

    id: int
    name: str  # what they are called where they used it
    role_ids: frozenset[int] = frozenset()  # in the server where they used it; none in a DM
    is_manager: bool = False  # holds Manage Server, or Administrator, in that server


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command was used: a channel of a server, or the DM with the bot (no `guild_id`)."""

    guild_id: int | None
    channel_id: int
    parent_id: int | None = None  # the channel that a thread belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """What a server's managers have decided. An empty set narrows nothing; None is no limit of the server's own."""

    guild_id: int
    creator_roles: frozenset[int] = frozenset()  # who may create voices has one of them
    say_roles: frozenset[int] = frozenset()  # who may speak has one of them
    channels: frozenset[int] = frozenset()  # where voices are made and speak; a thread counts as its channel
    sharing_allowed: bool = True
    spoken_consent: bool = False
    longest_text: int | None = None  # characters
    member_characters: int | None = None  # per member and UTC day
    server_characters: int | None = None  # of all members together per UTC day
    log_channel_id: int | None = None
    log_trouble: str | None = None  # why the log's last entry could not be posted, as a sentence
    forbidden_words: tuple[str, ...] = ()  # as they were typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whom a voice belongs to: who made it, and who is heard in it."""

    owner_id: int
    owner_name: str
    speaker_id: int | None = None  # who is heard, where that is not the owner
    speaker_name: str | None = None

    def is_controlled_by(self, member_id: int) -> bool:
        """Whether this member decides about the voice: its owner, or the person who is heard."""
        return member_id in {self.owner_id, self.speaker_id}

    @property
    def heard_id(self) -> int:
        """Who is heard, whoever made the voice."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """An MP3 that says what it is, in words and by a mark that only this bot can make."""

    id: str  # of the mark, and of the record where there is one
    hash: str  # SHA-256 of the sound without its tags, as hexadecimal letters
    mp3: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance(Attribution):
    """The record of a sound that is posted; `migrations/0006_utterances.sql` says what each column is for."""

    id: str
    made_at: int
    voice_id: str
    voice_name: str
    asker_id: int
    asker_name: str
    guild_id: int | None
    channel_id: int
    characters: int
    sound_hash: str
    file_hash: str
    message_id: int | None = None
    log_entry_id: str | None = None
    deleted_at: int | None = None
    deleted_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A recording a voice is made from, byte for byte as it came."""

    filename: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What must be heard in a sample, where a server asks for spoken consent."""

    id: str
    member_id: int  # who makes the voice, in this server
    guild_id: int
    wording: str
    expires_at: int


class Cause(StrEnum):
    """How a name that people could use went away."""

    UNSHARED = "unshared"
    DELETED = "deleted"
    EXPIRED = "expired"
    LEFT = "left"  # somebody on whom the share stood is not in the server any more
    REMOVED = "removed"  # by somebody who manages the server
    REVOKED = "revoked"  # by the person who is heard, everywhere


class AudienceKind(StrEnum):
    SERVER = "server"
    ROLE = "role"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who, within a server, may use a shared voice."""

    kind: AudienceKind
    target_id: int = 0  # the role or the member

    def includes(self, member: Member) -> bool:
        match self.kind:
            case AudienceKind.SERVER:
                return True
            case AudienceKind.ROLE:
                return self.target_id in member.role_ids
            case AudienceKind.MEMBER:
                return self.target_id == member.id
            case _:
                assert_never(self.kind)


WHOLE_SERVER = Audience(kind=AudienceKind.SERVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A voice that an audience in a server may use."""

    voice: Voice
    guild_id: int
    audience: Audience
    until: int | None  # from then on it is over; None while nobody ends it
    shared_by: int  # the owner, or the person who is heard
    shared_at: int

    @property
    def stands_on(self) -> frozenset[int]:
        """The members who must be in the server: whoever shared the voice, and the person who is heard."""
        return frozenset({self.shared_by, self.voice.heard_id})

    @property
    def sharer_name(self) -> str:
        return self.voice.owner_name if self.shared_by == self.voice.owner_id else self.voice.heard_name

    def is_over(self, now: int) -> bool:
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicesInReach:
    """What is stored of the voices that a member may know of in a place, all of it at one moment."""

    controlled: tuple[Voice, ...] = ()  # their own first, then those of others in which they are heard
    shares: tuple[Share, ...] = ()  # every share of the server
    default_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPermit:
    """Everything stored that permits a member to speak in a place, all of it at one moment."""

    rules: ServerRules | None  # None in a DM
    is_blocked: bool  # by the managers of that server
    is_erased: bool  # had everything about them deleted since the command began
    voices: VoicesInReach


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredName:
    """A name that could be used in a place and no longer can."""

    name: str
    owner_id: int
    by_name: str  # who ended it; of a share that ended by itself, whose it was
    cause: Cause
    audience: Audience
    departed_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Characters that were counted for a sound which nobody has heard yet."""

    id: str
    day: str  # in UTC, such as 2026-11-23
    characters: int
    charged_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """Something that a server's log is still to say."""

    id: str
    guild_id: int
    sentence: str
    created_at: int
    batch: str | None  # the message that it goes into, once that is fixed; Discord's nonce is made from it


class Cloning(StrEnum):
    """What a member wants to happen when others ask for their voice."""

    ASK = "ask"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody who is said to be heard in a sample, as the interaction shows them."""

    id: int
    name: str
    is_bot: bool
    is_here: bool  # a member of the server where they were named


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """An open question to the person who is heard in a draft."""

    id: str
    voice_id: str
    owner_id: int
    speaker_id: int
    guild_id: int
    asked_at: int
    expires_at: int  # no answer until then is a no


class NoticeKind(StrEnum):
    """What members are told on their own."""

    TRAINED = "trained"
    FAILED = "failed"
    REQUEST = "request"  # the question to the person who is heard
    NEWS = "news"  # a sentence that stands for itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a member must be told once."""

    id: str  # Discord's nonce is made from it
    recipient_id: int
    kind: NoticeKind
    voice_id: str | None  # None for news
    text: str | None  # of news
    guild_id: int | None  # where to say it when the direct messages are closed; None: nowhere else
    channel_id: int | None
    created_at: int
    first_tried_at: int | None
    undelivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something that must go at Fish Audio: the voice `fish_id`, or whatever carries `tag`."""

    id: str
    voice_id: str
    fish_id: str | None
    tag: str | None
    look_until: int | None
    pause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Somebody had everything about them deleted, and is to be told when the last of it is gone."""

    member_id: int
    asked_at: int
    voices: int  # deleted here
    uses: int  # records of sounds that were deleted
    upstream: int  # how many of the voices were, or may have been, at Fish Audio


@dataclass(frozen=True, slots=True, kw_only=True)
class FishVoice:
    """A voice as Fish Audio describes it."""

    fish_id: str
    state: str  # "created", "training", "trained", "failed"; anything else, also "", means: not finished yet
    title: str
    tags: tuple[str, ...]
    taken_down: bool  # after a complaint by the holder of the rights; it will not speak again
    quality_reason: str | None  # what was wrong with the sample, in Fish Audio's words
