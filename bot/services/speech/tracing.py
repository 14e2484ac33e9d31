"""What ties a file to this bot: the mark in its tags, or the record of its sound."""

from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256

from bot.audio.mp3_file import read_mp3
from bot.audio.mpeg import first_frame, sound_hash
from bot.audio.tags import marks_in
from bot.models import Utterance
from bot.services.speech.marks import Mark, MarkChecker
from bot.storage.speech.utterances import UtteranceStore


class Trace(Enum):
    """What was found."""

    GENUINE = auto()  # our mark on the sound it was made for
    RETAGGED = auto()  # our sound, and around it other tags than we gave it
    CHANGED = auto()  # a mark like ours on a sound it was not made for, or beside something that players may play
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Looks:
    """What a file shows of itself."""

    sound_hash: str | None  # None where there is no sound, or where players may not agree on what is sound
    file_hash: str
    marks: tuple[str, ...]  # what looks like a mark of ours


def look_at(data: bytes) -> Looks:
    """Hash and search the file; for 20 MiB that takes a tenth of a second, so not on the event loop."""
    mp3, file_hash = read_mp3(data), sha256(data).hexdigest()
    if mp3 is not None:
        return Looks(sound_hash(mp3.sound), file_hash, tuple(marks_in(*mp3.tags)))
    return Looks(None, file_hash, () if first_frame(data) is None else tuple(marks_in(data)))


def genuine_mark(looks: Looks, checker: MarkChecker) -> Mark | None:
    """Return the mark that was made for this sound."""
    if looks.sound_hash is None:
        return None
    checked = (checker.checked(found, looks.sound_hash) for found in looks.marks)
    return next((mark for mark in checked if mark is not None), None)


async def traced(looks: Looks, checker: MarkChecker, utterances: UtteranceStore) -> tuple[Trace, Utterance | None]:
    """Return what the mark and the records tell. A mark counts for ever, also where its record is gone."""
    if (mark := genuine_mark(looks, checker)) is not None:
        utterance = await utterances.by_id(mark.sound_id)
        is_as_posted = utterance is None or utterance.file_hash == looks.file_hash
        return Trace.GENUINE if is_as_posted else Trace.RETAGGED, utterance
    if looks.sound_hash is not None and (utterance := await utterances.by_sound(looks.sound_hash)) is not None:
        return Trace.RETAGGED, utterance
    return Trace.CHANGED if looks.marks else Trace.NONE, None
