"""What it takes to say a text, and what is kept of it."""

from dataclasses import dataclass, field

from bot.models.servers import ServerRules
from bot.models.sharing import VoicesInReach
from bot.models.sounds import PostAs, Sound
from bot.models.voices import Attribution


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """A recording in whose voice one text is said once; no voice is made from it."""

    id: str
    member_id: int  # who attached it, and is heard in it
    guild_id: int | None
    wav: bytes = field(repr=False)  # the part that is imitated
    transcript: str | None = field(repr=False)  # None until Fish Audio has listened
    is_spoken: bool  # a sentence was heard in it for the consent
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPermit:
    """Everything stored that permits a member to use `/say` in a place, as a snapshot."""

    rules: ServerRules | None  # None in a DM
    is_blocked: bool  # by the managers of that server
    is_erased: bool  # was erased since the command began
    voices: VoicesInReach
