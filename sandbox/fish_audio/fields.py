"""Reads the fields of a request one by one, and lists everything that is wrong."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import ormsgpack

from sandbox.faults import Body
from sandbox.fish_audio.answers import Problem, bad_value

_ABSENT: Final = object()
_TRUE, _FALSE = ("true", "1", "on", "yes"), ("false", "0", "off", "no")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it was sent."""

    name: str
    content_type: str | None
    data: bytes = field(repr=False)


class Fields:
    """The fields of one body or query; `problems` fills while they are read, in the service's own wording.

    Forms and queries carry text alone, so there `true` and `12` count as what they spell.
    """

    def __init__(self, values: Mapping[str, object], *, where: str, spelled: bool) -> None:
        self.problems: list[Problem] = []
        self._values = values
        self._where = where
        self._spelled = spelled
        self._known: set[str] = set()

    @property
    def unknown(self) -> list[str]:
        """The names that were sent and not read: the live service ignores them in silence."""
        return [name for name in self._values if name not in self._known]

    def text(self, name: str, default: str | None = None, *, required: bool = False) -> str:
        value = self._value(name, required=required, nullable=not required)
        if value is _ABSENT:
            return default or ""
        if not isinstance(value, str):
            return self._wrong(name, "string_type", "Input should be a valid string", default or "")
        if not value.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in value):
            return self._wrong(name, "string_unicode", "Input should be a valid unicode string", default or "")
        return value

    def texts(self, name: str) -> list[str] | None:
        """Return one string or several as a list; None if there is none."""
        value = self._value(name, nullable=True)
        if value is _ABSENT:
            return None
        values = cast(list[object], value) if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            return self._wrong(name, "string_type", "Input should be a valid string or a list of them", None)
        return cast(list[str], values)

    def choice(self, name: str, options: Collection[str], default: str | None = None) -> str:
        value = self._value(name, required=default is None)
        if value is _ABSENT:
            return default or ""
        if value not in options:
            return self._wrong(name, "enum", f"Input should be {_listed(options)}", default or "")
        return cast(str, value)

    def switch(self, name: str, default: bool) -> bool:
        value = self._value(name)
        if value is _ABSENT:
            return default
        if self._spelled and isinstance(value, str) and value.lower() in (*_TRUE, *_FALSE):
            return value.lower() in _TRUE
        if not isinstance(value, bool):
            return self._wrong(name, "bool_type", "Input should be a valid boolean", default)
        return value

    def integer(self, name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
        value = self._value(name)
        if value is _ABSENT:
            return default
        if self._spelled and isinstance(value, str):
            value = _integer_spelled(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return self._wrong(name, "int_type", "Input should be a valid integer", default)
        self._within(name, value, least, most)
        return value

    def number(self, name: str, default: float, *, least: float | None = None, most: float | None = None) -> float:
        value = self._value(name)
        if value is _ABSENT:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or value != value:  # noqa: PLR0124 - NaN
            return self._wrong(name, "float_type", "Input should be a valid number", default)
        self._within(name, value, least, most)
        return float(value)

    def one_of(self, name: str, options: Collection[int], default: int) -> int:
        value = self.integer(name, default)
        if value not in options:
            return self._wrong(name, "enum", f"Input should be {_listed(options)}", default)
        return value

    def optional_integer(self, name: str) -> int | None:
        if self._value(name, nullable=True) is _ABSENT:
            return None
        return self.integer(name, 0)

    def uploads(self, name: str, *, required: bool = False) -> list[Upload]:
        value = self._value(name, required=required, nullable=not required)
        if value is _ABSENT:
            return []
        values = cast(list[object], value) if isinstance(value, list) else [value]
        files = [_as_upload(item) for item in values]
        if any(file is None for file in files):
            return self._wrong(name, "bytes_type", "Input should be a file", [])
        return [file for file in files if file is not None]

    def inner(self, name: str) -> "Fields | None":
        """Return the fields of an inner object; its problems are added to these."""
        value = self._value(name, nullable=True)
        if value is _ABSENT:
            return None
        if not isinstance(value, dict):
            return self._wrong(name, "model_type", "Input should be an object", None)
        inner = Fields(cast(dict[str, object], value), where=f"{self._where}.{name}", spelled=False)
        inner.problems = self.problems
        return inner

    def raw(self, name: str) -> object | None:
        value = self._value(name, nullable=True)
        return None if value is _ABSENT else value

    def wrong(self, name: str, message: str) -> None:
        """Add a problem that only the whole request shows."""
        self._wrong(name, "value_error", message, None)

    def _value(self, name: str, *, required: bool = False, nullable: bool = False) -> object:
        self._known.add(name)
        value = self._values.get(name, _ABSENT)
        if value is _ABSENT and required:
            self._wrong(name, "missing", "Field required", None)
        return _ABSENT if value is None and nullable else value

    def _within(self, name: str, value: float, least: float | None, most: float | None) -> None:
        if least is not None and not value >= least:
            message = f"Input should be greater than or equal to {least:g}"
            self._wrong(name, "greater_than_equal", message, None, ge=least)
        if most is not None and not value <= most:
            message = f"Input should be less than or equal to {most:g}"
            self._wrong(name, "less_than_equal", message, None, le=most)

    def _wrong(self, name: str, kind: str, message: str, instead: Any, **context: object) -> Any:
        problem: Problem = {"loc": [name], "type": kind, "msg": message, "in": self._where}
        self.problems.append(problem | ({"ctx": context} if context else {}))
        return instead


def from_body(body: Body) -> Fields:
    """Return the fields of a JSON, msgpack, urlencoded or multipart body. Raises RefusalError."""
    match body.content_type:
        case "multipart/form-data":
            sent = ((part.name, _part_value(part.filename, part.content_type, part.data)) for part in body.parts)
            return Fields(_gathered(sent), where="body", spelled=True)
        case "application/x-www-form-urlencoded":
            sent = parse_qsl(body.raw.decode("utf-8", "replace"), keep_blank_values=True)
            return Fields(_gathered(sent), where="body", spelled=True)
        case "application/json" | "application/msgpack" | "application/x-msgpack":
            return Fields(_object(body), where="body", spelled=False)
        case other:
            raise bad_value(f"Unsupported content type {other}")


def from_query(query: Iterable[tuple[str, str]]) -> Fields:
    return Fields(_gathered(query), where="query", spelled=True)


def _object(body: Body) -> dict[str, object]:
    try:
        value = json.loads(body.raw) if body.content_type.endswith("json") else ormsgpack.unpackb(body.raw)
    except ValueError as error:  # also what ormsgpack and a broken encoding raise
        raise bad_value("The body cannot be read") from error
    if not isinstance(value, dict):
        raise bad_value("The body should be an object")
    return cast(dict[str, object], value)


def _part_value(filename: str | None, content_type: str | None, data: bytes) -> object:
    return data.decode("utf-8", "replace") if filename is None else Upload(filename, content_type, data)


def _gathered(sent: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return values by name; a name that was sent several times has a list."""
    values: dict[str, list[object]] = {}
    for name, value in sent:
        values.setdefault(name, []).append(value)
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}


def _as_upload(value: object) -> Upload | None:
    if isinstance(value, bytes):
        return Upload("", None, value)
    return value if isinstance(value, Upload) else None


def _integer_spelled(value: str) -> int | None:
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _listed(options: Collection[object]) -> str:
    *first, last = [f"'{option}'" if isinstance(option, str) else str(option) for option in options]
    return f"{', '.join(first)} or {last}" if first else last
