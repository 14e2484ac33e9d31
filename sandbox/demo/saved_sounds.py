"""Saves the sounds of the story, to be listened to afterwards."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.sound import Sound


class CannotSave(Exception):
    """The folder or a file in it cannot be written."""


@dataclass(frozen=True, slots=True)
class SavedSound:
    path: Path
    seconds: float
    pitch: float  # Hz


class SavedSounds:
    """A folder of sounds. Each file is written whole, so that two demos may run at once."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if there is none. Raises CannotSave."""
        self._folder = folder
        self._saved: list[SavedSound] = []
        with _explained(folder):
            folder.mkdir(exist_ok=True)

    def __iter__(self) -> Iterator[SavedSound]:
        return iter(self._saved)

    def add(self, name: str, data: bytes, *, suffix: str = ".mp3") -> SavedSound:
        """Keep one more sound as `1-name.mp3` and so on. Raises CannotSave and NotAudioError."""
        sound = Sound.decode(data)
        path = self._folder / f"{len(self._saved) + 1}-{name}{suffix}"
        with _explained(path):
            _write_whole(path, data)
        sound = SavedSound(path, sound.seconds, sound.pitch)
        self._saved.append(sound)
        return sound


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise CannotSave(f"{path} cannot be written: {error.strerror}.") from None
