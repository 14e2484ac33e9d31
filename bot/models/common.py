"""What several features need: who acts and where, how a word is said, the kinds of work and what stops it."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who uses the bot, as the interaction describes them."""

    id: int
    name: str  # their display name in the place where they used it
    role_ids: frozenset[int] = frozenset()  # in the server where they used it; none in a DM
    is_manager: bool = False  # holds Manage Server, or Administrator, in that server


NO_CHANNEL = 0  # stands for the channel of a private answer


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
    SHARES = "shares"  # a voice, a share or a right has changed: every process forgets what it remembers of them


class Blocker(StrEnum):
    """Trouble that only the host can end."""

    KEY = "key"  # Fish Audio refuses the API key
    CREDIT = "credit"  # the account has no API credit left
    CLOCK = "clock"  # the machine's clock is wrong by hours or more
    REMOVAL = "removal"  # Fish Audio does not confirm that a voice is deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An amount that is counted before Fish Audio is asked: characters to speak, or recordings to listen to."""

    id: str
    day: str  # in UTC, such as 2026-11-23
    characters: int
    charged_at: int
