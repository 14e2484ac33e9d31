"""The voices that exist at Fish Audio, and who may see which."""

import secrets
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.fish_audio.answers import no_such_voice, not_your_voice
from sandbox.fish_audio.fields import Upload

ME, SOMEBODY_ELSE = "me", "somebody else"

# What an entity may lack by the schema; the SDK's own model demands most of them all the same.
OPTIONAL = (
    "description", "cover_image", "train_mode", "samples", "languages", "lock_visibility", "dmca_taken_down",
    "default_text", "source", "quality", "unliked", "liked", "marked",
)  # fmt: skip


@dataclass(eq=False, slots=True, kw_only=True)
class Voice:
    """One voice model. Tests may read everything here; changes go through `FishAudio`."""

    id: str = field(default_factory=lambda: secrets.token_hex(16))
    title: str
    owner: str = ME
    description: str = ""
    tags: list[str] = field(default_factory=list[str])
    visibility: str = "private"
    state: str = "created"
    files: list[Upload] = field(default_factory=list[Upload])
    texts: list[str] = field(default_factory=list[str])
    seconds: list[float] = field(default_factory=list[float])  # of each file
    pitch: float = 120.0  # Hz, taken from the files
    enhance_audio_quality: bool = True
    cover_image: bytes | None = None
    dmca_taken_down: bool = False
    failure: str | None = None  # what `quality` gives as the reason
    times_spoken: int = 0
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    reads_until_trained: int | None = None  # None: reading alone never finishes the training
    lists_until_shown: int = 0

    @property
    def usable(self) -> bool:
        return self.state == "trained" and not self.dmca_taken_down

    @property
    def pending(self) -> bool:
        """True while the voice is in training, or in a state that nobody knows."""
        return self.state not in ("trained", "failed")

    def readable_by(self, reader: str | None) -> bool:
        return self.owner == reader or self.visibility in ("public", "unlist")

    def entity(self) -> dict[str, Any]:
        """Return the ModelEntity of the official OpenAPI file, with every optional field that clones have."""
        return {
            "_id": self.id,
            "type": "tts",
            "title": self.title,
            "description": self.description,
            "cover_image": f"coverimage/{self.id}" if self.cover_image else "",
            "train_mode": "fast",
            "state": self.state,
            "tags": list(self.tags),
            "samples": [],
            "created_at": _written(self.created_at),
            "updated_at": _written(self.updated_at),
            "languages": ["en"],
            "visibility": self.visibility,
            "lock_visibility": False,
            "dmca_taken_down": self.dmca_taken_down,
            "default_text": "",
            "source": None,
            "quality": self._quality(),
            "like_count": 0,
            "mark_count": 0,
            "shared_count": 0,
            "task_count": self.times_spoken,
            "unliked": False,
            "liked": False,
            "marked": False,
            "author": {"_id": author_id(self.owner), "nickname": self.owner, "avatar": ""},
        }

    def _quality(self) -> dict[str, Any] | None:
        if self.pending:
            return None
        passed, reason = self.failure is None, self.failure or ""
        audios: list[dict[str, Any]] = [
            {
                "filename": file.name,
                "duration_ms": round(1000 * seconds),
                "language": "en",
                "quality": {},
                "quality_passed": passed,
                "quality_reason": reason,
            }
            for file, seconds in zip(self.files, self.seconds, strict=True)
        ]
        written = _written(self.updated_at)
        return {"audios": audios, "created_at": written, "updated_at": written}


class VoiceLibrary:
    """Every voice of every account; `changed` is called after each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.deleted: list[Voice] = []
        self.list_lag = 0  # lists that do not show a new voice yet
        self.left_out: Collection[str] = ()
        self.said_instead: dict[str, object] = {}
        self._voices: dict[str, Voice] = {}
        self._changed = changed

    def __iter__(self) -> Iterator[Voice]:
        return iter(self._voices.values())

    def add(self, voice: Voice) -> None:
        voice.lists_until_shown = self.list_lag
        self._voices[voice.id] = voice
        self._changed()

    def remove(self, voice: Voice) -> None:
        self.deleted.append(self._voices.pop(voice.id))
        self._changed()

    def touch(self, voice: Voice) -> None:
        """Note that `voice` was changed."""
        voice.updated_at = datetime.now(UTC)
        self._changed()

    def find(self, voice_id: str) -> Voice | None:
        return self._voices.get(voice_id)

    def readable(self, voice_id: str, reader: str | None) -> Voice:
        """Return the voice if `reader` may read it. Raises RefusalError, 404 or 403."""
        voice = self._voices.get(voice_id)
        if voice is None:
            raise no_such_voice()
        if not voice.readable_by(reader):
            raise not_your_voice()
        return voice

    def own(self, voice_id: str) -> Voice:
        """Return the voice if it is this account's own. Raises RefusalError, 404 or 403."""
        voice = self.readable(voice_id, ME)
        if voice.owner != ME:
            raise not_your_voice()
        return voice

    def speaking(self, voice_id: str) -> Voice | None:
        """Return the voice if this account may speak in it: trained and not taken down."""
        voice = self._voices.get(voice_id)
        return voice if voice is not None and voice.readable_by(ME) and voice.usable else None

    def entity(self, voice: Voice) -> dict[str, Any]:
        """Return the JSON of `voice`, with the changes of `shows_voices`."""
        entity = voice.entity() | self.said_instead
        return {name: value for name, value in entity.items() if name not in self.left_out}


def author_id(owner: str) -> str:
    """Return a stable id of 32 hexadecimal characters."""
    return owner.encode().hex()[:32].rjust(32, "0")


def _written(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
