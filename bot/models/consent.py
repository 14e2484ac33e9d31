"""What the person who is heard in a sample agrees to, and how."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """The person who was named as the one heard in a sample, as the interaction describes them."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence that must be heard in a sample, if the server asks for spoken consent."""

    id: str
    member_id: int  # the owner of the voice to be made
    guild_id: int
    wording: str
    expires_at: int


class Cloning(StrEnum):
    """Whether others may ask for a member's voice."""

    ASK = "ask"
    NEVER = "never"
