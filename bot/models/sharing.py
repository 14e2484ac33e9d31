"""Who else may use a voice, and which names can no longer be used."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from bot.models.common import Member, Pronunciation
from bot.models.sounds import PostAs
from bot.models.voices import Voice


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


class Cause(StrEnum):
    """Why a name can no longer be used."""

    UNSHARED = "unshared"
    DELETED = "deleted"
    EXPIRED = "expired"
    LEFT = "left"  # a member whom the share needed is not in the server any more
    REMOVED = "removed"  # by a manager of the server
    REVOKED = "revoked"  # by the person who is heard, everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredName:
    """A name that could be used in a place and no longer can."""

    name: str
    owner_id: int
    by_id: int  # the member who ended it; if it ended by itself, whose it was
    by_name: str
    cause: Cause
    audience: Audience
