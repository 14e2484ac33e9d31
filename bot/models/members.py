"""What members are told, and their erasure."""

from dataclasses import dataclass
from enum import StrEnum


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
    of_update: bool = False  # True if a trained voice now speaks with its new sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A member was erased, and gets a receipt when the last of their voices is gone at Fish Audio."""

    member_id: int
    asked_at: int
    voices: int  # deleted here
    uses: int  # records of sounds that were deleted
    upstream: int  # how many of the voices were, or may have been, at Fish Audio
