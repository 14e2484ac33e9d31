"""The domain as frozen dataclasses and enums. All times are milliseconds since 1970 in UTC."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never


class VoiceState(StrEnum):
    """The state of a voice; `docs/architecture.md` has the diagram."""

    DRAFT = "draft"
    QUEUED = "queued"
    TRAINING = "training"
    TRAINED = "trained"
    FAILED = "failed"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """The measurements of a sample, for the owner to read before consenting.

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
    speech: float | None  # share of what is no pause that may be speech, 0 to 1; None where that was not judged
    verdicts: tuple[str, ...]  # a few plain words each on length, loudness, distortion and pauses
    tips: tuple[str, ...]  # one sentence for each fault that will make the voice worse
    whole_seconds: float | None = None  # of the recording that this is the best part of


class Work(StrEnum):
    """The kinds of background work; each but `SHARES` has one worker."""

    CREATION = "creation"
    TRAINING = "training"
    REMOVAL = "removal"
    ERASURES = "erasures"
    NOTICES = "notices"
    ALERTS = "alerts"
    SERVER_LOG = "server log"
    CAPTIONS = "captions"
    HOUSEKEEPING = "housekeeping"
    SHARES = "shares"  # every process forgets what it remembers of shared voices, since one has changed


class Blocker(StrEnum):
    """Trouble that only the host can end."""

    KEY = "key"  # Fish Audio refuses the API key
    CREDIT = "credit"  # the account has no API credit left
    CLOCK = "clock"  # the machine's clock is wrong by more than a day
    REMOVAL = "removal"  # Fish Audio does not confirm that a voice is deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who uses the bot, as the interaction shows them."""

    id: int
    name: str  # their display name in the place where they used it
    role_ids: frozenset[int] = frozenset()  # in the server where they used it; none in a DM
    is_manager: bool = False  # holds Manage Server, or Administrator, in that server


NO_CHANNEL = 0  # the channel of what was answered to one person alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command was used: a channel of a server, or the DM with the bot (no `guild_id`)."""

    guild_id: int | None
    channel_id: int
    parent_id: int | None = None  # the channel that a thread belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class Pronunciation:
    """A word and how it is said."""

    word: str
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """The rules of a server. An empty set allows everybody or everywhere; None means no limit of the server."""

    guild_id: int
    creator_roles: frozenset[int] = frozenset()  # members need one of them to create voices
    say_roles: frozenset[int] = frozenset()  # members need one of them to use `/say`
    channels: frozenset[int] = frozenset()  # for creating voices and for `/say`; a thread counts as its channel
    sharing_allowed: bool = True
    spoken_consent: bool = False
    sounds_reused: bool = True  # the same words in the same voice are not spoken anew
    messages_spoken: bool = True  # members may have messages spoken in their voice
    notice_spoken: bool = True  # at the beginning of voice messages
    longest_text: int | None = None  # characters
    member_characters: int | None = None  # per member and UTC day
    server_characters: int | None = None  # of all members together per UTC day
    log_channel_id: int | None = None
    log_trouble: str | None = None  # why the log's last entry could not be posted, as a sentence
    forbidden_words: tuple[str, ...] = ()  # as they were typed
    pronunciations: tuple[Pronunciation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The people of a voice: its owner, who made it, and the person who is heard in it."""

    owner_id: int
    owner_name: str
    speaker_id: int | None = None  # the person who is heard, if that is not the owner
    speaker_name: str | None = None

    def is_controlled_by(self, member_id: int) -> bool:
        """Return whether this member decides about the voice: its owner, or the person who is heard."""
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


class PostAs(StrEnum):
    """As what a sound is posted."""

    FILE = "file"
    VOICE_MESSAGE = "voice message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A file that is labelled as synthetic, by words and by a mark that only this bot can make."""

    id: str  # of the mark, and of the record if there is one
    hash: str  # SHA-256 of the sound without its tags, as hexadecimal letters
    data: bytes = field(repr=False)  # an MP3


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenMessage(Sound):
    """A sound for a voice message of Discord's: its `data` is Opus in an Ogg file."""

    seconds: float
    waveform: bytes = field(repr=False)  # how loud it is from its beginning to its end, 0 to 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A sound that only the member who asked for it has heard."""

    sound: Sound
    member_id: int
    voice_id: str
    characters: int  # that were counted for it
    made_at: int
    keep_until: int


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
    posted_as: PostAs = PostAs.FILE
    caption_id: int | None = None  # the message below a voice message that says whose it is
    deleted_at: int | None = None
    deleted_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A recording from which a voice is made."""

    filename: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The part of a sample that Fish Audio imitates, with exactly what is said in it."""

    wav: bytes = field(repr=False)
    transcript: str = field(repr=False)  # empty if no word could be made out


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """A recording in whose voice one text is said, and of which no voice is made."""

    id: str
    member_id: int  # who attached it, and is heard in it
    guild_id: int | None
    wav: bytes = field(repr=False)  # the part that is imitated
    transcript: str | None = field(repr=False)  # None until Fish Audio has listened
    is_spoken: bool  # a sentence was heard in it for the consent
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence that must be heard in a sample, if the server asks for spoken consent."""

    id: str
    member_id: int  # the owner of the voice to be made
    guild_id: int
    wording: str
    expires_at: int


class Cause(StrEnum):
    """Why a name can no longer be used."""

    UNSHARED = "unshared"
    DELETED = "deleted"
    EXPIRED = "expired"
    LEFT = "left"  # a member whom the share needed is not in the server any more
    REMOVED = "removed"  # by a manager of the server
    REVOKED = "revoked"  # by the person who is heard, everywhere


class AudienceKind(StrEnum):
    SERVER = "server"
    ROLE = "role"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The members of a server who may use a shared voice."""

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
    until: int | None  # from then on it is over; None for no end
    shared_by: int  # the owner, or the person who is heard
    shared_at: int

    @property
    def stands_on(self) -> frozenset[int]:
        """The members who must be in the server: the one who shared the voice, and the person who is heard."""
        return frozenset({self.shared_by, self.voice.heard_id})

    @property
    def sharer_name(self) -> str:
        return self.voice.owner_name if self.shared_by == self.voice.owner_id else self.voice.heard_name

    def is_over(self, now: int) -> bool:
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicesInReach:
    """What is stored about the voices that a member may know of in a place, as a snapshot."""

    controlled: tuple[Voice, ...] = ()  # their own first, then those of others in which they are heard
    shares: tuple[Share, ...] = ()  # every share of the server
    default_id: str | None = None
    default_here_id: str | None = None  # of the member in this server; comes before the one for everywhere
    pronunciations: tuple[Pronunciation, ...] = ()  # of the member; they come before those of a server
    post_as: PostAs | None = None  # as the member wants their sounds to be posted


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPermit:
    """Everything stored that permits a member to use `/say` in a place, as a snapshot."""

    rules: ServerRules | None  # None in a DM
    is_blocked: bool  # by the managers of that server
    is_erased: bool  # was erased since the command began
    voices: VoicesInReach


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredName:
    """A name that could be used in a place and no longer can."""

    name: str
    owner_id: int
    by_name: str  # the member who ended it; if it ended by itself, whose it was
    cause: Cause
    audience: Audience
    departed_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What was counted before Fish Audio is asked: characters to speak, or recordings to listen to."""

    id: str
    day: str  # in UTC, such as 2026-11-23
    characters: int
    charged_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An entry that waits to be posted in a server's log."""

    id: str
    guild_id: int
    sentence: str
    created_at: int
    batch: str | None  # the message in which it is posted, once that is decided; Discord's nonce is made from it
    channel_id: int | None = None  # where it must be posted; None for the server's log channel


class Cloning(StrEnum):
    """Whether others may ask for a member's voice."""

    ASK = "ask"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """The person who was named as heard in a sample, as the interaction shows them."""

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
    expires_at: int  # without an answer by then it counts as refused
    wording: str  # what the person is asked to agree to, as they are shown it


class NoticeKind(StrEnum):
    """The kinds of notices to members."""

    TRAINED = "trained"
    FAILED = "failed"
    REQUEST = "request"  # the question to the person who is heard
    NEWS = "news"  # any other sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a member must be told once."""

    id: str  # Discord's nonce is made from it
    recipient_id: int
    kind: NoticeKind
    voice_id: str | None  # None for news
    text: str | None  # of news
    guild_id: int | None  # where to post it if the direct messages are closed; None: nowhere
    channel_id: int | None
    created_at: int
    first_tried_at: int | None
    undelivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something to delete at Fish Audio: the voice `fish_id`, or every voice with `tag`."""

    id: str
    voice_id: str
    fish_id: str | None
    tag: str | None
    look_until: int | None
    pause: int
    missing_since: int | None = None  # since when all answers only look as if there were no such voice
    failing_since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A member was erased, and gets a receipt when the last of their voices is gone at Fish Audio."""

    member_id: int
    asked_at: int
    voices: int  # deleted here
    uses: int  # records of sounds that were deleted
    upstream: int  # how many of the voices were, or may have been, at Fish Audio


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTraining:
    """As much of a voice in training as it takes to ask about it."""

    voice_id: str
    fish_id: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FishVoice:
    """A voice as Fish Audio describes it."""

    fish_id: str
    state: str  # "created", "training", "trained", "failed"; anything else, also "", means: not finished yet
    title: str
    tags: tuple[str, ...]
    taken_down: bool  # after a complaint of the rights holder; it cannot speak again
    quality_reason: str | None  # what was wrong with the sample, in Fish Audio's words
