"""`/model`: creating, listing, reading, editing and deleting voices."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from sandbox.faults import Recorder
from sandbox.fish_audio.answers import bad_value, unprocessable, wrong_key
from sandbox.fish_audio.fields import Fields, Upload, from_body, from_query
from sandbox.fish_audio.training import Trainings
from sandbox.fish_audio.voices import ME, Voice, VoiceLibrary, author_id
from sandbox.sound import NotAudioError, Sound

_VISIBILITIES = ("public", "unlist", "private")
_MOST_FILES = 20
_LONGEST = 270  # seconds over all files; at or above was refused (ComfyUI's partner node)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the service learns from one uploaded file."""

    seconds: float
    pitch: float  # Hz; 0 where nothing is voiced


@dataclass(frozen=True, slots=True)
class Search:
    """The filter of a list. A voice must have all the tags; the documentation does not say so or otherwise."""

    mine: bool
    title: str
    tags: list[str]
    languages: list[str]
    author_id: str

    @classmethod
    def read(cls, fields: Fields) -> "Search":
        languages = [*(fields.texts("language") or []), *(fields.texts("title_language") or [])]
        return cls(
            mine=fields.switch("self", default=False),
            title=fields.text("title").casefold(),
            tags=fields.texts("tag") or [],
            languages=languages,
            author_id=fields.text("author_id"),
        )

    def finds(self, voice: Voice) -> bool:
        if self.title not in voice.title.casefold() or not set(self.tags) <= set(voice.tags):
            return False
        if self.languages and "en" not in self.languages:
            return False
        if self.mine:
            return voice.owner == ME
        return voice.visibility == "public" and self.author_id in ("", author_id(voice.owner))


class ModelEndpoint:
    """The handlers; each raises RefusalError for what the service refuses."""

    def __init__(self, recorder: Recorder, library: VoiceLibrary, trainings: Trainings) -> None:
        self._recorder = recorder
        self._library = library
        self._trainings = trainings

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/model", self.create),
            web.get("/model", self.search, allow_head=False),
            web.get("/model/{id}", self.read, allow_head=False),
            web.patch("/model/{id}", self.edit),
            web.delete("/model/{id}", self.delete),
        )

    async def create(self, request: web.Request) -> web.Response:
        fields = from_body(self._recorder.body(request))
        voice = _described(fields)
        self._note_unknown(request, fields)
        samples = [await asyncio.to_thread(_listen, file) for file in voice.files]
        voice.seconds = [sample.seconds for sample in samples]
        if sum(voice.seconds) >= _LONGEST:
            raise bad_value(f"The total audio length must be less than {_LONGEST} seconds")
        voice.pitch = _pitch_of(samples) or voice.pitch
        self._trainings.begin(voice)
        self._library.add(voice)
        return web.json_response(self._library.entity(voice), status=201)

    async def search(self, request: web.Request) -> web.Response:
        fields = from_query(request.query.items())
        page_size = fields.integer("page_size", 10, least=1, most=100)
        page_number = fields.integer("page_number", 1, least=1)
        sort_by = fields.choice("sort_by", ("score", "task_count", "created_at"), "score")
        search = Search.read(fields)
        self._note_unknown(request, fields)
        if fields.problems:
            raise unprocessable(fields.problems)
        if search.mine and "Authorization" not in request.headers:
            raise wrong_key(request.path)
        found = [voice for voice in self._library if search.finds(voice)]
        found.reverse()  # newest first, which the stable sort keeps among equals
        if sort_by != "created_at":
            found.sort(key=lambda voice: -voice.times_spoken)
        shown = [voice for voice in found if self._shows(voice)]
        page = shown[(page_number - 1) * page_size : page_number * page_size]
        for voice in page:
            self._trainings.was_read(voice)
        return web.json_response(
            {
                "total": len(shown),
                "items": [self._library.entity(voice) for voice in page],
                "has_more": page_number * page_size < len(shown),
                "max_offset": None,
                "accessible_upper_bound": None,
                "window_limited": False,
                "total_is_exact": True,
            }
        )

    async def read(self, request: web.Request) -> web.Response:
        reader = ME if "Authorization" in request.headers else None
        voice = self._library.readable(request.match_info["id"], reader)
        self._trainings.was_read(voice)
        return web.json_response(self._library.entity(voice))

    async def edit(self, request: web.Request) -> web.Response:
        voice = self._library.own(request.match_info["id"])
        fields = from_body(self._recorder.body(request))
        title = fields.text("title", voice.title)
        description = fields.text("description", voice.description)
        visibility = voice.visibility
        if fields.raw("visibility") is not None:
            visibility = fields.choice("visibility", _VISIBILITIES)
        tags = fields.texts("tags")
        cover = _cover(fields) or voice.cover_image
        self._note_unknown(request, fields)
        _check(fields, visibility, cover)
        voice.title, voice.description, voice.visibility, voice.cover_image = (
            title,
            description,
            visibility,
            cover,
        )
        voice.tags = voice.tags if tags is None else tags
        self._library.touch(voice)
        return web.Response()

    async def delete(self, request: web.Request) -> web.Response:
        self._library.remove(self._library.own(request.match_info["id"]))
        return web.Response()

    def _shows(self, voice: Voice) -> bool:
        """Return whether lists show `voice` yet, and count this list."""
        voice.lists_until_shown -= 1
        return voice.lists_until_shown < 0

    def _note_unknown(self, request: web.Request, fields: Fields) -> None:
        """Record unknown fields: the live service ignores them, and tests should show the mistake."""
        for name in fields.unknown:
            self._recorder.surprises.append(f"{request.method} {request.path}: unknown field {name!r}")


def _described(fields: Fields) -> Voice:
    """Return the voice that a form describes. Raises RefusalError: 422 for a field, 400 for a combination."""
    fields.choice("type", ("tts",))
    fields.choice("train_mode", ("fast",))
    fields.switch("generate_sample", default=False)
    cover = _cover(fields)
    voice = Voice(
        title=fields.text("title", required=True),
        description=fields.text("description"),
        tags=fields.texts("tags") or [],
        visibility=fields.choice("visibility", _VISIBILITIES, "public"),
        files=fields.uploads("voices", required=True),
        texts=fields.texts("texts") or [],
        enhance_audio_quality=fields.switch("enhance_audio_quality", default=True),
        cover_image=cover,
    )
    if len(voice.files) > _MOST_FILES:
        fields.wrong("voices", f"List should have at most {_MOST_FILES} items after validation")
    if len(voice.texts) > _MOST_FILES:
        fields.wrong("texts", f"List should have at most {_MOST_FILES} items after validation")
    _check(fields, voice.visibility, cover)
    if voice.texts and len(voice.texts) != len(voice.files):
        raise bad_value("The number of texts must equal the number of voices")
    return voice


def _check(fields: Fields, visibility: str, cover: bytes | None) -> None:
    if fields.problems:
        raise unprocessable(fields.problems)
    if visibility == "public" and cover is None:
        raise bad_value("A cover image is required for public models")


def _cover(fields: Fields) -> bytes | None:
    covers = fields.uploads("cover_image")
    if not covers:
        return None
    if not covers[0].data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        fields.wrong("cover_image", "The cover image must be a JPEG or a PNG")
    return covers[0].data


def _pitch_of(samples: list[Sample]) -> float:
    """Return the mean pitch of the files in which somebody speaks, in Hz; the longer ones count for more."""
    voiced = [sample for sample in samples if sample.pitch]
    seconds = sum(sample.seconds for sample in voiced)
    return sum(sample.pitch * sample.seconds for sample in voiced) / seconds if seconds else 0


def _listen(file: Upload) -> Sample:
    try:
        sound = Sound.decode(file.data)
    except NotAudioError as error:
        raise bad_value(f"The audio file {file.name!r} cannot be decoded") from error
    return Sample(sound.seconds, sound.pitch)
