"""Makes the members' recordings, or reads the caller's own file."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.discord import Upload
from sandbox.recorder import Recording, record
from sandbox.speech import sample_wav

ANN_PITCH, BEN_PITCH, CLEO_PITCH = 200.0, 95.0, 240.0  # Hz
TEXT = "Hello everyone! I typed this, and my own voice says it."

_LARGEST = 500 * 2**20  # bytes: what Discord lets a paying member upload


class NoRecording(Exception):
    """The caller's recording cannot be taken; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Material:
    """The sample for the first voice and the text that it says."""

    sample: Upload
    text: str


def material(recording: Path | None, text: str | None) -> Material:
    """Return the caller's recording and text, or ours. Raises NoRecording."""
    sample = own_recording(recording) if recording else Upload("ann.wav", sample_wav(seconds=12, pitch=ANN_PITCH))
    return Material(sample, TEXT if text is None else text)


def own_recording(path: Path) -> Upload:
    """Read a file of any kind; the bot decides if it is a recording. Raises NoRecording."""
    try:
        if not path.is_file():
            raise NoRecording(f"{path} is not a file." if path.exists() else f"There is no file {path}.")
        if path.stat().st_size > _LARGEST:
            raise NoRecording(f"{path} is larger than the 500 MiB that Discord takes.")
        return Upload(path.name, path.read_bytes())
    except OSError as error:
        raise NoRecording(f"{path} cannot be read: {error.strerror}.") from None


def ben_speaking() -> Upload:
    return Upload("ben.wav", sample_wav(seconds=10, pitch=BEN_PITCH))


def cleo_on_the_phone() -> Recording:
    return record(sample_wav(seconds=9, pitch=CLEO_PITCH))


def broken_copy(recording: Upload) -> Upload:
    """Return the first two thirds of the recording."""
    return Upload(f"copy of {recording.filename}", recording.data[: len(recording.data) * 2 // 3])
