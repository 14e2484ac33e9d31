"""The rules and the log of a server."""

from dataclasses import dataclass

from bot.models.common import Pronunciation


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
class LogEntry:
    """An entry that waits to be posted in a server's log."""

    id: str
    guild_id: int
    sentence: str
    created_at: int
    batch: str | None  # the message in which it is posted, once that is decided; Discord's nonce is made from it
    channel_id: int | None = None  # where it must be posted; None for the server's log channel
