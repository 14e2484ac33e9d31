"""Traces a file to this bot by the mark in its tags or the record of its sound."""

from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256

from bot.audio.mp3.mp3_file import read_mp3
from bot.audio.mp3.mpeg import first_frame, sound_hash
from bot.audio.mp3.tags import marks_in
from bot.audio.ogg import comments
from bot.audio.ogg.ogg_file import read_ogg
from bot.audio.ogg.pages import CAPTURE
from bot.clock import DAY
from bot.models.speech import Utterance
from bot.services.provenance.marks import Mark, MarkChecker
from bot.storage.speech.utterances import UtteranceStore

RECORDS_KEPT = 90 * DAY


class Trace(Enum):
    GENUINE = auto()  # our mark on the sound for which it was made
    RETAGGED = auto()  # our sound with other tags than we gave it
    CHANGED = auto()  # a mark like ours on another sound, or in a file that players may read differently
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Looks:
    """What was read from a file."""

    sound_hash: str | None  # None if there is no sound, or if players may disagree about which bytes are sound
    file_hash: str
    marks: tuple[str, ...]  # everything that has the form of our marks


def look_at(data: bytes) -> Looks:
    """Hash and search a file. 20 MiB take a tenth of a second, so call it off the event loop."""
    file_hash = sha256(data).hexdigest()
    if (ogg := read_ogg(data)) is not None:
        return Looks(ogg.sound.hash, file_hash, tuple(comments.marks_in(ogg.comments)))
    if (mp3 := read_mp3(data)) is not None:
        return Looks(sound_hash(mp3.sound), file_hash, tuple(marks_in(*mp3.tags)))
    mp3_marks = [] if first_frame(data) is None else marks_in(data)
    ogg_marks = comments.marks_in(data) if CAPTURE in data else []
    return Looks(None, file_hash, tuple(mp3_marks + ogg_marks))


def genuine_mark(looks: Looks, checker: MarkChecker) -> Mark | None:
    """Return the mark that was made for this sound."""
    if looks.sound_hash is None:
        return None
    checked = (checker.checked(found, looks.sound_hash) for found in looks.marks)
    return next((mark for mark in checked if mark is not None), None)


async def traced(looks: Looks, checker: MarkChecker, utterances: UtteranceStore) -> tuple[Trace, Utterance | None]:
    """Return what the mark and the records say. A mark stays valid after its record is deleted."""
    if (mark := genuine_mark(looks, checker)) is not None:
        utterance = await utterances.by_id(mark.sound_id)
        is_as_posted = utterance is None or utterance.file_hash == looks.file_hash
        return Trace.GENUINE if is_as_posted else Trace.RETAGGED, utterance
    if looks.sound_hash is not None and (utterance := await utterances.by_sound(looks.sound_hash)) is not None:
        return Trace.RETAGGED, utterance
    return Trace.CHANGED if looks.marks else Trace.NONE, None
