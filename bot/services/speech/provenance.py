"""Whether this bot made a sound, and what may be told about it to whom."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256

from bot.audio.mpeg import sound_hash
from bot.audio.refusals import MAX_SAMPLE_BYTES, TooLarge
from bot.audio.tags import marks_in
from bot.errors import UserError
from bot.http.attachments import Attachment, AttachmentReader
from bot.models import Utterance
from bot.services.common.signing import Signer
from bot.services.speech.marks import marked_id
from bot.storage.speech.utterances import UtteranceStore

AT_ONCE = 4  # files in memory, each as large as a sample may be


class FileTooLarge(UserError):
    def __init__(self) -> None:
        super().__init__(
            f"That file is larger than {MAX_SAMPLE_BYTES // 2**20} MiB, and nothing that I post is. "
            "If it holds a shorter clip, attach that clip as it was posted."
        )


class Trace(Enum):
    """What ties a file to this bot."""

    GENUINE = auto()  # our mark on the sound it was made for
    RETAGGED = auto()  # our sound, and around it other tags than we gave it
    MISMATCHED = auto()  # a mark like ours on a sound it was not made for
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    trace: Trace
    utterance: Utterance | None = None  # only where it is on record, and for those who may know of it


@dataclass(frozen=True, slots=True)
class _Looks:
    sound_hash: str | None
    file_hash: str
    marks: list[str]


class ProvenanceService:
    def __init__(self, utterances: UtteranceStore, attachments: AttachmentReader, signer: Signer) -> None:
        self._utterances = utterances
        self._attachments = attachments
        self._signer = signer
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def examine(self, attachment: Attachment, member_id: int, guild_id: int | None) -> Verdict:
        """Raises FileTooLarge, or NotFetched."""
        async with self._turns:
            try:
                data = await self._attachments.read(attachment)
            except TooLarge:
                raise FileTooLarge from None
            looks = await asyncio.to_thread(_looks, data)
        trace, utterance = await self._traced(looks)
        return Verdict(trace, utterance if utterance and _may_know(utterance, member_id, guild_id) else None)

    async def _traced(self, looks: _Looks) -> tuple[Trace, Utterance | None]:
        if looks.sound_hash is None:
            return Trace.NONE, None
        for mark in looks.marks:
            if (sound_id := marked_id(self._signer, mark, looks.sound_hash)) is not None:
                utterance = await self._utterances.by_id(sound_id)
                is_as_posted = utterance is None or utterance.file_hash == looks.file_hash
                return Trace.GENUINE if is_as_posted else Trace.RETAGGED, utterance
        if (utterance := await self._utterances.by_sound(looks.sound_hash)) is not None:
            return Trace.RETAGGED, utterance
        return Trace.MISMATCHED if looks.marks else Trace.NONE, None


def _looks(data: bytes) -> _Looks:
    return _Looks(sound_hash(data), sha256(data).hexdigest(), marks_in(data))


def _may_know(utterance: Utterance, member_id: int, guild_id: int | None) -> bool:
    is_there = guild_id is not None and guild_id == utterance.guild_id
    return is_there or utterance.is_controlled_by(member_id) or utterance.asker_id == member_id
